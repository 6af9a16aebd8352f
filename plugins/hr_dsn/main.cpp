#include "plugins/hr_dsn/connector.h"

int main(int argc, char** argv) {
  passerelle::hr_dsn::DsnConnector connector;
  return passerelle::sdk::run(argc, argv, connector);
}
