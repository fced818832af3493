// Written by Samples/targets/fit/fit.py.

extension InstructionCosts {
  /// Where no target is named: those of Samples/targets/cortex-m4f.json.
  package static let usualTarget = "cortex-m4f"

  package static let cortexM4F = InstructionCosts(
    hasTiles: true, error: 0.169,
    costs: [
      .step: 2275.989,
      .row: 78.015,
      .level: 72.242,
      .entry: 23.699,
      .gaps: 44.263,
      .flat: 10.149,
      .joint: 26.164,
      .bitmap: 143.533,
      .codes: 24.385,
      .bytes: 1.724,
      .slowSymbol: 36.42,
      .slowCode: 166.548,
      .list: 22.945,
      .sweep: 2.587,
      .sweepStrided: 2.782,
      .sweepStart: 153.526,
      .tile: 1.272,
      .gather: 2.094,
      .tileStart: 45.719,
      .depthwise: 17.868,
      .depthwiseStrided: 23.571,
      .depthwiseRow: 135.349,
      .depthwiseStart: 435.034,
      .border: 1.148,
      .exactOutput: 7.494,
      .window: 157.088,
      .tap: 10.794,
      .mean: 3.665,
      .combine: 96.512,
      .exponential: 77.048,
      .move: 4.008,
      .element: 35.836,
    ])
}
