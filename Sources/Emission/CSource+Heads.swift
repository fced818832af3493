// How a detector's outputs are read, as C for kinglet_detect.h.

import Blob
import Edge

extension CSource {
  /// heads.h and heads.c.
  static func headFiles(_ heads: BlobHeads, of model: CModel) -> [(name: String, text: String)] {
    let names = model.names
    return [(names.heads + ".h", header(heads, names)), (names.heads + ".c", source(heads, model))]
  }

  private static func header(_ heads: BlobHeads, _ names: CNames) -> String {
    let fit =
      switch heads.fit {
      case .unsaid: "it is not said how photographs become the input"
      case .stretch: "a photograph is stretched over the whole input"
      case .letterbox: "a photograph lies in the middle of the input, its proportions kept, grey beside it"
      }
    return """
      \(mark): how outputs are read as objects (kinglet_detect.h). Boxes are in parts of the input;
       * \(fit). */
      #ifndef \(CNames.macro(names.heads))_H
      #define \(CNames.macro(names.heads))_H

      #include "kinglet_detect.h"

      #define \(names.macro)_HEADS \(heads.heads.count)u
      #define \(names.macro)_CLASSES \(heads.heads.map(\.classCount).max() ?? 0)u

      extern const kgl_head \(names.headsSymbol)[\(names.macro)_HEADS];

      #endif

      """
  }

  private static func source(_ heads: BlobHeads, _ model: CModel) -> String {
    let names = model.names
    var lines = ["\(mark). */", "#include \"\(names.heads).h\"", ""]
    for (number, head) in heads.heads.enumerated() {
      let sizes = head.anchors.map { "\(literal($0.width)), \(literal($0.height))" }.joined(separator: ", ")
      lines.append("static const float anchors\(number)[] = {\(sizes)};")
      if let bits = head.classBits {
        let texts = bits.map { "\($0)" }.joined(separator: ", ")
        lines.append("static const uint8_t classes\(number)[] = {\(texts)};")
      }
    }
    lines += ["", "const kgl_head \(names.headsSymbol)[\(names.macro)_HEADS] = {"]
    for (number, head) in heads.heads.enumerated() {
      let (output, shape) = (model.runtime.outputs[head.output], model.blob.model.outputs[head.output].shape)
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
  static func objectRoom(prefix: String) -> String {
    """
    enum { \(prefix.uppercased())OBJECTS = 64 }; /* as many as are kept, the surest */
    static kgl_object \(prefix)objects[\(prefix.uppercased())OBJECTS];
    """
  }

  /// What main.c does with outputs.
  static func finding(_ model: CModel, prefix: String) -> String {
    let (heads, room, objects) = (model.names.headsSymbol, prefix.uppercased() + "OBJECTS", prefix + "objects")
    return """
        uint32_t count = 0, head;
        for (head = 0; status == KGL_OK && head < \(model.names.macro)_HEADS; head++) {
          status = kgl_find_objects(&\(heads)[head], outputs[\(heads)[head].output], 0.5f, \(objects), \(room), &count);
        }
        count = kgl_suppress_objects(\(objects), count, 0.45f); /* use the first count of objects here */
      """
  }
}
