// How a detector's outputs are read, as C for kinglet_detect.h.

import Blob
import Edge

extension CSource {
  /// heads.h and heads.c.
  static func headFiles(_ heads: BlobHeads, of model: BlobModel, _ runtime: EdgeRuntime) -> [(name: String, text: String)] {
    [("heads.h", header(heads)), ("heads.c", source(heads, model, runtime))]
  }

  private static func header(_ heads: BlobHeads) -> String {
    let fit =
      switch heads.fit {
      case .unsaid: "it is not said how photographs become the input"
      case .stretch: "a photograph is stretched over the whole input"
      case .letterbox: "a photograph lies in the middle of the input, its proportions kept, grey beside it"
      }
    return """
      /* Written by kinglet emit-c: how outputs are read as objects (kinglet_detect.h). Boxes are in parts of the input;
       * \(fit). */
      #ifndef KINGLET_HEADS_H
      #define KINGLET_HEADS_H

      #include "kinglet_detect.h"

      #define KINGLET_MODEL_HEADS \(heads.heads.count)u
      #define KINGLET_MODEL_CLASSES \(heads.heads.map(\.classCount).max() ?? 0)u

      extern const kgl_head kinglet_heads[KINGLET_MODEL_HEADS];

      #endif

      """
  }

  private static func source(_ heads: BlobHeads, _ model: BlobModel, _ runtime: EdgeRuntime) -> String {
    var lines = ["/* Written by kinglet emit-c. */", "#include \"heads.h\"", ""]
    for (number, head) in heads.heads.enumerated() {
      let sizes = head.anchors.map { "\(literal($0.width)), \(literal($0.height))" }.joined(separator: ", ")
      lines.append("static const float anchors\(number)[] = {\(sizes)};")
      if let bits = head.classBits {
        let texts = bits.map { "\($0)" }.joined(separator: ", ")
        lines.append("static const uint8_t classes\(number)[] = {\(texts)};")
      }
    }
    lines += ["", "const kgl_head kinglet_heads[KINGLET_MODEL_HEADS] = {"]
    for (number, head) in heads.heads.enumerated() {
      let (output, shape) = (runtime.outputs[head.output], model.outputs[head.output].shape)
      lines.append("  {" + fields(head, number, output, shape).joined(separator: ", ") + "},")
    }
    return (lines + ["};", ""]).joined(separator: "\n")
  }

  /// In the order of kgl_head.
  ///
  /// - Parameter shape: of the output; its last two axes are the grid.
  private static func fields(_ head: BlobHeads.Head, _ number: Int, _ output: EdgeTensor, _ shape: [Int]) -> [String] {
    let kind =
      switch head.kind {
      case .yolo: "KGL_HEAD_YOLO"
      case .region: "KGL_HEAD_REGION"
      }
    let flags = [head.hasNewCoordinates ? "KGL_HEAD_NEW_COORDINATES" : nil, head.hasSoftmax ? "KGL_HEAD_SOFTMAX" : nil]
      .compactMap { $0 }.joined(separator: " | ")
    let type =
      switch output.type {
      case .float32: "KGL_FLOAT32"
      case .uint8: "KGL_UINT8"
      case .int8: "KGL_INT8"
      case .int32: "KGL_INT32"
      }
    return ["\(head.output)", kind, flags.isEmpty ? "0" : flags, "\(head.anchors.count)", "\(head.classCount)"]
      + [shape[2], shape[1], head.inputWidth, head.inputHeight].map { "\($0)" }
      + [literal(head.scaleXY), "anchors\(number)", head.classBits == nil ? "0" : "classes\(number)", type]
      + [literal(output.scale), "\(output.zeroPoint)"]
  }

  /// What main.c keeps objects in.
  static var objectRoom: String {
    """
    enum { OBJECTS = 64 }; /* as many as are kept, the surest */
    static kgl_object objects[OBJECTS];
    """
  }

  /// What main.c does with outputs.
  static var finding: String {
    """
      uint32_t count = 0, head;
      for (head = 0; status == KGL_OK && head < KINGLET_MODEL_HEADS; head++) {
        status = kgl_find_objects(&kinglet_heads[head], outputs[kinglet_heads[head].output], 0.5f, objects, OBJECTS, &count);
      }
      count = kgl_suppress_objects(objects, count, 0.45f); /* use the first count of objects here */
    """
  }
}
