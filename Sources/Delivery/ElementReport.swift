import Blob
import ModelGraph

/// Of a tensor: `float32`, `uint8`, `int8` or `int32`, and its scale.
public struct ElementReport: Codable, Equatable, Sendable {
  /// `float32`, `uint8`, `int8`, `int16` or `int32`.
  public var type: String
  /// What one of 1 stands for; 1 for float32.
  public var scale: Float
  /// The element that stands for zero; nil where it is 0.
  public var zeroPoint: Int?

  init(_ tensor: BlobTensor) {
    (type, scale) = ("\(tensor.type)", tensor.scale)
    zeroPoint = tensor.zeroPoint == 0 ? nil : tensor.zeroPoint
  }

  init(_ id: ValueID, in graph: Graph) {
    let value = graph[id]
    (type, scale) = (value.integers?.element.rawValue ?? "float32", value.integers?.scales.first ?? 1)
    if graph.placeCount(of: id) != nil { type = "int32" }
    zeroPoint = value.integers?.zeroPoints.first.flatMap { $0 == 0 ? nil : Int($0) }
  }

  private init() { (type, scale) = ("float32", 1) }

  static let float32 = ElementReport()

  /// For people.
  var text: String {
    if type == "float32" || type == "int32" { return type }
    return "\(type) of \(scale)" + (zeroPoint.map { " from \($0)" } ?? "")
  }

  /// Inputs and outputs for people.
  static func line(
    _ inputs: [[Int]], _ inputTypes: [ElementReport], _ outputs: [[Int]], _ outputTypes: [ElementReport]
  ) -> String {
    func list(_ shapes: [[Int]], _ types: [ElementReport]) -> String {
      zip(shapes, types).map { "\($0) \($1.text)" }.joined(separator: ", ")
    }
    return "inputs \(list(inputs, inputTypes)), outputs \(list(outputs, outputTypes))"
  }
}
