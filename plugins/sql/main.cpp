#include "plugins/sql/connector.h"

int main(int argc, char** argv) {
  passerelle::sql::SqlConnector connector;
  return passerelle::sdk::run(argc, argv, connector);
}
