/// A border around [sizes].
///
/// `Value` is what a constant border holds: a Float, or a byte of an integer step.
public struct BlobPad<Value: Equatable & Sendable>: Equatable, Sendable {
  public var mode: BlobPadMode
  public var value: Value
  public var x, y: Int
  /// 1...6 sizes of the input, and as many pads before and after.
  public var sizes, before, after: [Int]

  public init(
    mode: BlobPadMode, value: Value, x: Int, y: Int, sizes: [Int], before: [Int], after: [Int]
  ) {
    (self.mode, self.value) = (mode, value)
    (self.x, self.y) = (x, y)
    (self.sizes, self.before, self.after) = (sizes, before, after)
  }

  /// The sizes of y.
  package var outputSizes: [Int] { zip(zip(before, sizes), after).map { $0.0 + $0.1 + $1 } }
}

public enum BlobPadMode: UInt8, Sendable, CaseIterable {
  case constant = 0
  /// Mirrors without repeating the edge; each pad is below the size.
  case reflect = 1
  case edge = 2
  /// Mirrors with the edge; each pad is at most the size.
  case symmetric = 3
}

extension BlobPad: StepFields where Value: PadValue {
  static var opcode: UInt8 { 11 }
  static var name: String { "pad" }

  init() { self.init(mode: .constant, value: 0, x: 0, y: 0, sizes: [], before: [], after: []) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try coder.option("the mode", "mode", &mode)
    try value.code(&coder)
    try coder.fields(&self, [.plain("x", \.x), .plain("y", \.y)])
    try coder.sizes("x", "input sizes", &sizes, atLeast: 1)
    try coder.varints("before", &before, count: sizes.count)
    try coder.varints("after", &after, count: sizes.count)
    try coder.check("") { () throws(BlobFault) in
      for (field, pads) in [("before", before), ("after", after)] {
        for (axis, pad) in pads.enumerated() {
          try Rule.count(field, pad, BlobFormat.offset)
          if mode == .reflect && pad >= sizes[axis] || mode == .symmetric && pad > sizes[axis] {
            throw .axis(field, axis)
          }
        }
      }
    }
    try coder.operands([.reads("x", x, sizes), .writes(y, outputSizes)])
  }
}

extension BlobPad: IntegerStepFields where Value == UInt8 {
  var types: StepTypes { StepTypes(areEqual: true) }
}

/// What a border holds.
protocol PadValue: Equatable, Sendable, ExpressibleByIntegerLiteral {
  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure)
}

extension Float: PadValue {
  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try coder.f32("the border's value", "value", &self)
  }
}

extension UInt8: PadValue {
  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    var value = Int(self)
    try coder.u8("the border's value", "value", &value, 0...255)
    self = UInt8(value)
  }
}
