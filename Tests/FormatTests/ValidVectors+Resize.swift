import Blob

extension ValidVector {
  /// Places between, on and outside those of the image; units, steps and starts from the least to the largest.
  private static let lines: [(rows: BlobResize.Axis, columns: BlobResize.Axis, size: [Int])] = [
    (.init(unit: 2, step: 0, stepRest: 1), .init(unit: 4, step: 0, stepRest: 1, start: -1, startRest: 2), [7, 9]),
    (
      .init(unit: 1 << 20, step: 0, stepRest: 700_001, start: -1, startRest: 1 << 19),
      .init(unit: 1024, step: 1, stepRest: 512, start: 0, startRest: 1023), [5, 3]
    ),
    (.init(step: 65535, start: -65535), .init(unit: 3, step: 0, stepRest: 0, start: 2, startRest: 2), [3, 2]),
    (
      .init(unit: 1 << 20, step: 65535, stepRest: (1 << 20) - 1, start: 65535, startRest: (1 << 20) - 1),
      .init(unit: 2048, step: 0, stepRest: 2047, start: -2, startRest: 1), [3, 9]
    ),
  ]

  /// Images at other sizes.
  static var resizes: ValidVector {
    var builder = PlanBuilder(seed: 43)
    let x = builder.input(3, 4, 5)
    var outputs: [BlobTensor] = []
    for mode in BlobResize.Mode.allCases {
      for (rows, columns, size) in lines {
        let y = builder.tensor(3, size[0], size[1])
        builder.steps.append(
          .resize(
            BlobResize(
              mode: mode, x: x.place, y: y.place, c: 3, h: 4, w: 5, oh: size[0], ow: size[1], rows: rows,
              columns: columns)))
        outputs.append(y)
      }
    }
    return ValidVector(name: "resizes", model: builder.model(outputs: outputs))
  }

  /// The same of bytes; where it is linear, with units of bits.
  static var integerResizes: ValidVector {
    var builder = PlanBuilder(seed: 44)
    var outputs: [BlobTensor] = []
    for type in [BlobElementType.uint8, .int8] {
      let x = builder.input(type, [3, 4, 5])
      for mode in BlobResize.Mode.allCases {
        for (rows, columns, size) in lines {
          let y = builder.tensor(type, [3, size[0], size[1]])
          let axes = [rows, columns].map { mode == .linear && $0.unit < 1024 ? $0.times(1 << 10) : $0 }
          let resize = BlobResize(
            mode: mode, x: x.place, y: y.place, c: 3, h: 4, w: 5, oh: size[0], ow: size[1], rows: axes[0],
            columns: axes[1])
          builder.add(.resize(BlobIntegerResize(resize)), type, type)
          outputs.append(y)
        }
      }
    }
    return ValidVector(name: "integer-resizes", model: builder.model(outputs: outputs))
  }
}

extension BlobResize.Axis {
  /// In finer units, those of a third as those of a half.
  fileprivate func times(_ factor: Int) -> Self {
    let unit = unit == 3 ? 2 : unit
    return Self(
      unit: unit * factor, step: step, stepRest: stepRest * factor, start: start,
      startRest: min(startRest, unit - 1) * factor)
  }
}
