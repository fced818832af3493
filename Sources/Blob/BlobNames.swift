// What inputs, outputs and layers are called in the model that a blob was made from. Formats/Blob.md, "Names".

/// Names for people: nothing that computes depends on them.
public struct BlobNames: Equatable, Sendable {
  static let nameBytes = 0...255

  /// One each, in their order; empty where there is none.
  public var inputs: [String]
  public var outputs: [String]
  /// Of the steps with weights, in their order.
  public var layers: [String]

  /// Names without what is no letter on a screen, cut to what a section holds.
  public init(inputs: [String], outputs: [String], layers: [String]) {
    func shown(_ names: [String]) -> [String] { names.map(Self.shown) }
    (self.inputs, self.outputs, self.layers) = (shown(inputs), shown(outputs), shown(layers))
  }

  private static func shown(_ name: String) -> String {
    var text = ""
    for scalar in name.unicodeScalars where !isControl(scalar.value) {
      guard text.utf8.count + UTF8.width(scalar) <= nameBytes.upperBound else { break }
      text.unicodeScalars.append(scalar)
    }
    return text
  }

  /// What would move a terminal's cursor, or end a line.
  private static func isControl(_ code: UInt32) -> Bool {
    code < 0x20 || (0x7F...0x9F).contains(code) || code == 0x2028 || code == 0x2029
  }

  /// Whether there is no name at all.
  public var isEmpty: Bool { (inputs + outputs + layers).allSatisfy(\.isEmpty) }

  /// The section.
  public var section: BlobAncillary {
    var writer = ByteWriter()
    for name in inputs + outputs + layers {
      let bytes = Array(name.utf8)
      precondition(Self.nameBytes.contains(bytes.count))
      writer.u8(UInt8(bytes.count))
      writer.append(bytes)
    }
    return BlobAncillary(kind: BlobFormat.namesKind, bytes: writer.bytes)
  }

  /// - Parameter model: whose inputs, outputs and steps these are of.
  init(_ bytes: [UInt8], of model: BlobModel) throws(BlobFault) {
    var reader = ByteReader(bytes, 0..<bytes.count)
    inputs = try Self.take(model.inputs.count, &reader)
    outputs = try Self.take(model.outputs.count, &reader)
    layers = try Self.take(model.layerCount, &reader)
    guard reader.remaining == 0 else { throw .bytesLeftOver(reader.remaining) }
  }

  private static func take(_ count: Int, _ reader: inout ByteReader) throws(BlobFault) -> [String] {
    var names: [String] = []
    for _ in 0..<count {
      let bytes = try reader.bytes(try reader.u8())
      guard let name = String(validating: bytes, as: UTF8.self), !name.unicodeScalars.contains(where: { isControl($0.value) })
      else { throw .misplaced("a character of a name") }
      names.append(name)
    }
    return names
  }
}

extension BlobModel {
  /// Steps with weights.
  public var layerCount: Int { steps.count { $0.weights != nil } }

  /// Names of layers, one for each in their order, by their steps; without those that are empty.
  package func layerNames(_ names: [String]) -> [Int: String] {
    let layers = steps.indices.filter { steps[$0].weights != nil }
    return Dictionary(uniqueKeysWithValues: zip(layers, names).filter { !$1.isEmpty }.map { ($0, $1) })
  }

  /// What inputs, outputs and layers are called; nil where the blob does not say.
  ///
  /// - Throws: ``BlobError/invalid(_:_:)`` for a section that is malformed, or there twice.
  public func names() throws(BlobError) -> BlobNames? {
    try soleSection(BlobFormat.namesKind) { (bytes) throws(BlobFault) in try BlobNames(bytes, of: self) }
  }
}
