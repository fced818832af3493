// A main to start from, of one model and of several; models.h.

import Blob
import Edge

extension CSource {
  /// Without its first line.
  static func starter(_ model: CModel) -> String {
    """
    /* A main to start from. Link with Runtime-C/src. */
    #include "kinglet.h"
    \(includes(model))

    static KGL_ARENA(arena, \(model.names.macro)_ARENA_BYTES);
    \(rooms(model, prefix: ""))

    int main(void) {
    \(body(model, prefix: "", arena: "arena"))
    }

    """
  }

  /// Of several models, which run in turn in one arena; one that keeps state has its own.
  static func starter(_ models: [CModel]) -> String {
    let shared = models.contains { !$0.keepsState }
      ? "static KGL_ARENA(arena, KINGLET_MODELS_ARENA_BYTES); /* one model runs at a time */\n" : ""
    let functions = models.map { model in
      let prefix = "\(model.names.name)_"
      let own = model.keepsState ? "static KGL_ARENA(\(prefix)arena, \(model.names.macro)_ARENA_BYTES); /* its state is in it */\n" : ""
      return """
        \(own)\(rooms(model, prefix: prefix))

        static int run_\(model.names.name)(void) {
        \(body(model, prefix: prefix, arena: model.keepsState ? "\(prefix)arena" : "arena"))
        }

        """
    }
    let calls = models.map { "  if (status == 0) status = run_\($0.names.name)();" }.joined(separator: "\n")
    return """
      /* A main to start from. Link with Runtime-C/src, built by \(severalConfig). */
      #include "kinglet.h"
      #include "models.h"
      \(models.filter { $0.heads != nil }.map { "#include \"\($0.names.heads).h\"\n" }.joined())
      \(shared)\(functions.joined(separator: "\n"))
      int main(void) {
        int status = 0;
      \(calls)
        return status;
      }

      """
  }

  /// models.h: the models of a folder, and the arena of the largest.
  static func severalHeader(_ models: [CModel], arenaBytes: Int) -> String {
    """
    \(mark): the models of this folder, and what the largest of all that the runtime is built for runs in. */
    #ifndef KINGLET_MODELS_H
    #define KINGLET_MODELS_H

    \(models.map { "#include \"\($0.names.name).h\"\n" }.joined())
    /* Arena of kgl_run, 4-byte aligned, with the runtime built by \(severalConfig). Models that keep no state and do not
     * run at the same time may share it. */
    #define KINGLET_MODELS_ARENA_BYTES \(arenaBytes)u

    #endif

    """
  }

  private static func includes(_ model: CModel) -> String {
    "#include \"\(model.names.name).h\"" + (model.heads == nil ? "" : "\n#include \"\(model.names.heads).h\"")
  }

  private static func rooms(_ model: CModel, prefix: String) -> String {
    let (runtime, macro) = (model.runtime, model.names.macro)
    let rooms = runtime.inputs.enumerated().map { "static \($1.type.cName) \(prefix)input\($0)[\(macro)_INPUT\($0)_ELEMENTS];" }
      + runtime.outputs.enumerated().map { "static \($1.type.cName) \(prefix)output\($0)[\(macro)_OUTPUT\($0)_ELEMENTS];" }
    return rooms.joined(separator: "\n") + (model.heads == nil ? "" : "\n" + objectRoom(prefix: prefix))
  }

  private static func body(_ model: CModel, prefix: String, arena: String) -> String {
    let (runtime, symbol) = (model.runtime, model.names.symbol)
    let inputs = runtime.inputCounts.indices.map { "\(prefix)input\($0)" }.joined(separator: ", ")
    let outputs = runtime.outputCounts.indices.map { "\(prefix)output\($0)" }.joined(separator: ", ")
    let again = model.keepsState ? ", and run again with the next frame" : ""
    var lines = [
      "  const void *const inputs[] = {\(inputs)};",
      "  void *const outputs[] = {\(outputs)};",
      "  kgl_model model;",
      "  kgl_status status = kgl_open(&model, \(symbol), \(symbol)_bytes);",
      "  if (status != KGL_OK) return 1;",
    ]
    if model.hasSelfTest {
      lines += [
        "  status = kgl_self_test(&model, &\(arena), (uint32_t)sizeof \(arena));",
        "  if (status != KGL_OK) return 2; /* this machine computes something else */",
      ]
    }
    if model.keepsState {
      lines += [
        "  status = kgl_reset(&model, &\(arena), (uint32_t)sizeof \(arena)); /* a stream begins */",
        "  if (status != KGL_OK) return 1;",
      ]
    }
    lines += [
      "  /* Fill the inputs here\(again): \(symbol)_input0_from_bytes of \(model.names.name).h, and its fellows. */",
      "  status = kgl_run(&model, &\(arena), (uint32_t)sizeof \(arena), inputs, outputs);",
    ]
    if model.heads != nil { lines.append(finding(model, prefix: prefix)) }
    return (lines + ["  return status == KGL_OK ? 0 : 1;"]).joined(separator: "\n")
  }
}
