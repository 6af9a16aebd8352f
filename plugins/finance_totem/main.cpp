#include "plugins/finance_totem/connector.h"

int main(int argc, char** argv) {
  passerelle::finance_totem::TotemConnector connector;
  return passerelle::sdk::run(argc, argv, connector);
}
