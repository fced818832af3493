// Written by Samples/targets/fit/fit.py.

extension InstructionCosts {
  /// Where no target is named: those of Samples/targets/cortex-m4f.json.
  package static let usualTarget = "cortex-m4f"

  package static let cortexM4F = InstructionCosts(
    hasTiles: true, error: 0.225,
    costs: [
      .step: 2358.025,
      .row: 74.342,
      .level: 73.133,
      .entry: 24.188,
      .gaps: 46.022,
      .flat: 10.258,
      .joint: 25.67,
      .bitmap: 145.09,
      .codes: 22.93,
      .bytes: 4.243,
      .slowSymbol: 38.197,
      .slowCode: 187.693,
      .list: 29.314,
      .byteMultiply: 1.705,
      .column: 11.0,
      .columnInput: 35.0,
      .columnMultiply: 12.6,
      .columnRow: 17.0,
      .indexed: 6.3,
      .indexedBlock: 54.5,
      .sweep: 2.58,
      .sweepStrided: 2.527,
      .sweepStart: 148.556,
      .tile: 1.216,
      .gather: 2.342,
      .tileStart: 44.076,
      .depthwise: 17.013,
      .depthwiseStrided: 22.602,
      .depthwiseRow: 136.531,
      .depthwiseStart: 421.856,
      .border: 1.168,
      .exactOutput: 8.278,
      .window: 157.226,
      .tap: 10.744,
      .mean: 3.631,
      .combine: 96.503,
      .exponential: 67.921,
      .move: 3.986,
      .element: 35.824,
      .floatSweep: 3.999,
      .floatOutput: 12.425,
      .floatElement: 34.545,
      .floatMove: 22.486,
    ])
}
