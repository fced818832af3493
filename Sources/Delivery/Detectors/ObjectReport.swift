import Datasets
import Detection

/// An object in a photograph, as reports say it.
public struct ObjectReport: Equatable, Sendable, Codable {
  /// The number of its class.
  public var classNumber: Int
  /// Nil where classes have no names.
  public var name: String?
  /// How sure it is, 0 to 1.
  public var confidence: Float
  /// The box's left side in pixels of the photograph; it may begin outside, below 0.
  public var left: Float
  /// Its upper side in pixels of the photograph; it may begin outside, below 0.
  public var top: Float
  /// Pixels across; it may end outside the photograph.
  public var width: Float
  /// Pixels down; it may end outside the photograph.
  public var height: Float

  private enum CodingKeys: String, CodingKey {
    case classNumber = "class"
    case name, confidence, left, top, width, height
  }

  init(_ object: DetectedObject, _ names: [String]?, in photograph: Photograph) {
    (classNumber, confidence) = (object.classNumber, object.confidence)
    name = names?[object.classNumber]
    let (across, down) = (Float(photograph.width), Float(photograph.height))
    (left, top) = (object.box.left * across, object.box.top * down)
    (width, height) = (object.box.width * across, object.box.height * down)
  }

  /// `dog 87%`
  var label: String { "\(name ?? "class \(classNumber)") \(Int((100 * confidence).rounded()))%" }
}

extension Canvas {
  /// Objects with their labels, the surest on top, and in the corner whose they are.
  mutating func draw(_ objects: [ObjectReport], of whom: String?) {
    func pixel(_ value: Float, _ limit: Int) -> Int { Int(min(max(value, -1), Float(limit + 1)).rounded()) }
    for object in objects.reversed() {
      frame(
        left: pixel(object.left, width), top: pixel(object.top, height), right: pixel(object.left + object.width, width),
        bottom: pixel(object.top + object.height, height), Colour(ofClass: object.classNumber))
    }
    for object in objects.reversed() {
      // Above the box where there is room, else within it; not beyond the right border.
      let (left, top) = (pixel(object.left, width), pixel(object.top, height))
      text(
        object.label, left: max(min(left, width - textWidth(object.label)), 0),
        top: top >= textHeight ? top - textHeight : max(top, 0), on: Colour(ofClass: object.classNumber))
    }
    if let whom { text(whom, left: 0, top: height - textHeight, on: .white) }
  }
}
