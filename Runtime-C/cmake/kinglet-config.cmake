# find_package(kinglet): the target kinglet::runtime and kinglet_add_model.
include(${CMAKE_CURRENT_LIST_DIR}/kinglet-targets.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/kinglet-model.cmake)
