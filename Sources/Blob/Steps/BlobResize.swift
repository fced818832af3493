/// [c, h, w] to [c, oh, ow]: along each axis place i reads near (i x step + start) / unit of the input.
public struct BlobResize: Equatable, Sendable {
  public enum Mode: UInt8, Sendable, CaseIterable {
    /// The place rounded down.
    case nearest = 0
    /// The two places around it.
    case linear = 1
  }

  /// Where the places of an axis are. Steps and starts are in whole places and units of the rest.
  public struct Axis: Equatable, Sendable {
    public var unit: Int
    /// 0...65535, and below the unit.
    public var step, stepRest: Int
    /// -65535...65535, and below the unit.
    public var start, startRest: Int

    public init(unit: Int = 1, step: Int, stepRest: Int = 0, start: Int = 0, startRest: Int = 0) {
      self.unit = unit
      (self.step, self.stepRest) = (step, stepRest)
      (self.start, self.startRest) = (start, startRest)
    }
  }

  public var mode: Mode
  public var x, y: Int
  public var c, h, w, oh, ow: Int
  public var rows, columns: Axis

  public init(
    mode: Mode, x: Int, y: Int, c: Int, h: Int, w: Int, oh: Int, ow: Int, rows: Axis, columns: Axis
  ) {
    (self.mode, self.x, self.y) = (mode, x, y)
    (self.c, self.h, self.w, self.oh, self.ow) = (c, h, w, oh, ow)
    (self.rows, self.columns) = (rows, columns)
  }
}

extension BlobResize.Axis {
  /// The place that the output's `index` reads near, rounded down, and the rest in units.
  package func place(_ index: Int) -> (whole: Int, rest: Int) {
    let rest = index * stepRest + startRest
    return (index * step + start + rest / unit, rest % unit)
  }

  fileprivate mutating func code<Coder: StepCoder>(
    _ coder: inout Coder, _ name: String
  ) throws(Coder.Failure) {
    coder.when("of \(name)")
    try coder.varint("the unit of \(name)", "unit", &unit, BlobFormat.resizeUnit)
    try coder.varint("the step of \(name)", "step", &step, BlobFormat.planePad)
    try coder.varint("the rest of the step of \(name)", "its rest", &stepRest, nil)
    var raised = start + BlobFormat.planePad.upperBound
    try coder.varint("the start of \(name)", "start + 65535", &raised, 0...2 * BlobFormat.planePad.upperBound)
    start = raised - BlobFormat.planePad.upperBound
    try coder.varint("the rest of the start of \(name)", "its rest", &startRest, nil)
    try coder.check("rests below the unit") { () throws(BlobFault) in
      try Rule.count("the rest of the step of \(name)", stepRest, 0...unit - 1)
      try Rule.count("the rest of the start of \(name)", startRest, 0...unit - 1)
    }
  }
}

extension BlobResize: StepFields {
  static let opcode: UInt8 = 16
  static let name = "resize"
  static let sizes = BlobPool.sizes

  init() {
    let axis = Axis(step: 1)
    self.init(mode: .nearest, x: 0, y: 0, c: 1, h: 1, w: 1, oh: 1, ow: 1, rows: axis, columns: axis)
  }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try coder.option("the mode", "mode", &mode)
    try coder.fields(
      &self,
      [
        .plain("x", \.x), .plain("y", \.y), .plain("C", \.c), .plane("H", \.h), .plane("W", \.w),
        .plane("OH", \.oh), .plane("OW", \.ow),
      ])
    try rows.code(&coder, "height")
    try columns.code(&coder, "width")
    try coder.operands([.reads("x", x, [c, h, w]), .writes(y, [c, oh, ow])])
  }
}

/// The integer form: where it is linear, units are powers of two from 2^10 on.
public struct BlobIntegerResize: Equatable, Sendable {
  public var resize: BlobResize

  public init(_ resize: BlobResize) { self.resize = resize }
}

extension BlobIntegerResize: IntegerStepFields {
  static let opcode = BlobResize.opcode
  static let name = BlobResize.name
  static let sizes = BlobResize.sizes
  var types: StepTypes { StepTypes(areEqual: true) }

  init() { self.init(BlobResize()) }

  mutating func code<Coder: StepCoder>(_ coder: inout Coder) throws(Coder.Failure) {
    try resize.code(&coder)
    try coder.check("if linear: units are 2^10, 2^11, ... 2^20") { () throws(BlobFault) in
      guard resize.mode == .linear else { return }
      for (name, unit) in [("height", resize.rows.unit), ("width", resize.columns.unit)] {
        try Rule.count(
          "the unit of \(name)", unit.nonzeroBitCount == 1 ? unit : 0, 1 << 10...BlobFormat.resizeUnit.upperBound)
      }
    }
  }
}
