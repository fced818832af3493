# kinglet_add_model(NAME FOLDER): the model that `kinglet emit-c` wrote to FOLDER as a static library
# NAME; who links it can include "model.h", "kinglet.h" and, of a detector, "heads.h".
function(kinglet_add_model name folder)
  get_filename_component(path ${folder} ABSOLUTE)
  file(GLOB heads ${path}/heads.c)
  add_library(${name} STATIC ${path}/model.c ${heads})
  target_include_directories(${name} PUBLIC ${path})
  target_link_libraries(${name} PUBLIC kinglet::runtime)
endfunction()
