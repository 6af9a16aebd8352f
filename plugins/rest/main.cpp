#include "plugins/rest/connector.h"

int main(int argc, char** argv) {
  passerelle::rest::RestConnector connector;
  return passerelle::sdk::run(argc, argv, connector);
}
