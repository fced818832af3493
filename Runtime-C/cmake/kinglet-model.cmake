# kinglet_add_model(TARGET FOLDER [MODEL NAME]): a model that `kinglet emit-c` wrote to FOLDER as a static library TARGET.
# Who links it can include "NAME.h", "kinglet.h" and, of a detector, "NAME_heads.h".
#
# NAME is what emit-c called it (--name). Where it is not said it is TARGET's, if the folder has a model of that name, or
# else `model`, as emit-c calls a model of which nothing is said, whose heads are in "heads.h".
#
# Two models of one name would be one to a linker, which takes the first that it finds: that is refused here.
#
# The runtime must be able to run them all: give emit-c all blobs in one call, or all but one with --for, and build the
# runtime with the models_config.h that it writes (-DKGL_CONFIG_FILE=FOLDER/models_config.h), or leave its switches alone.
function(kinglet_add_model target folder)
  cmake_parse_arguments(given "" "MODEL" "" ${ARGN})
  if(given_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "kinglet_add_model(TARGET FOLDER [MODEL NAME]) does not take ${given_UNPARSED_ARGUMENTS}")
  endif()
  get_filename_component(path ${folder} ABSOLUTE)
  set(name ${given_MODEL})
  if(NOT name AND EXISTS ${path}/${target}.c AND EXISTS ${path}/${target}.h)
    set(name ${target})
  elseif(NOT name)
    set(name model)
  endif()
  if(NOT EXISTS ${path}/${name}.c OR NOT EXISTS ${path}/${name}.h)
    message(FATAL_ERROR "${path} has no ${name}.c and ${name}.h: say MODEL and what `kinglet emit-c` called the model")
  endif()

  get_property(other GLOBAL PROPERTY kinglet_model_${name})
  if(other AND NOT other STREQUAL path)
    message(FATAL_ERROR "the models of ${other} and ${path} are both called ${name}, and would be one to a linker: "
      "write one of them with `kinglet emit-c --name`")
  endif()
  set_property(GLOBAL PROPERTY kinglet_model_${name} ${path})

  set(heads ${path}/${name}_heads.c)
  if(name STREQUAL model)
    set(heads ${path}/heads.c)
  endif()
  if(NOT EXISTS ${heads})
    set(heads)
  endif()
  add_library(${target} STATIC ${path}/${name}.c ${heads})
  target_include_directories(${target} PUBLIC ${path})
  target_link_libraries(${target} PUBLIC kinglet::runtime)
endfunction()
