// Written by Samples/targets/fit/fit.py.

extension InstructionCosts {
  /// Where no target is named: those of Samples/targets/cortex-m4f.json.
  package static let usualTarget = "cortex-m4f"

  package static let cortexM4F = InstructionCosts(
    hasTiles: true, error: 0.165,
    costs: [
      .step: 2348.508,
      .row: 76.567,
      .level: 72.965,
      .entry: 23.933,
      .gaps: 45.914,
      .flat: 10.173,
      .joint: 25.547,
      .bitmap: 144.619,
      .codes: 22.953,
      .bytes: 4.412,
      .slowSymbol: 38.244,
      .slowCode: 188.744,
      .list: 21.466,
      .byteMultiply: 1.692,
      .sweep: 2.594,
      .sweepStrided: 2.793,
      .sweepStart: 151.858,
      .tile: 1.205,
      .gather: 2.406,
      .tileStart: 42.168,
      .depthwise: 16.487,
      .depthwiseStrided: 21.687,
      .depthwiseRow: 137.038,
      .depthwiseStart: 418.478,
      .border: 1.295,
      .exactOutput: 8.647,
      .window: 157.133,
      .tap: 10.766,
      .mean: 3.635,
      .combine: 96.504,
      .exponential: 69.346,
      .move: 4.004,
      .element: 35.826,
      .floatSweep: 4.0,
      .floatOutput: 12.438,
      .floatElement: 34.543,
      .floatMove: 22.509,
    ])
}
