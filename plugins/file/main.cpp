#include "plugins/file/connector.h"

int main(int argc, char** argv) {
  passerelle::file::FileConnector connector;
  return passerelle::sdk::run(argc, argv, connector);
}
