import Blob
import Calibration
import Compiler
import Lowering
import ModelGraph
import Tensors
import TestSupport
import Testing

struct MagnitudeHistogramTests {
  @Test func percentilesLeaveTheirShareOut() {
    var histogram = MagnitudeHistogram(largest: 1000, bins: 1000)
    histogram.add((1...1000).map { Float($0) * ($0 % 2 == 0 ? 1 : -1) - 0.5 })
    #expect(histogram.percentile(1) == 1000)
    #expect(histogram.percentile(0.99) == 990)
    #expect(histogram.percentile(0.5) == 500)
  }

  @Test func anOutlierIsWorthClippingAndAnEvenSpreadIsNot() {
    var even = MagnitudeHistogram(largest: 1)
    even.add((0..<10_000).map { Float($0) / 10_000 })
    #expect(even.leastSquaredError(levels: 127) > 0.97)
    var outlier = MagnitudeHistogram(largest: 10)
    outlier.add((0..<100_000).map { Float($0) / 100_000 } + [10])
    #expect(outlier.leastSquaredError(levels: 7) < 2)
  }

  @Test func numbersThatAreNoneAreLeftOut() {
    var histogram = MagnitudeHistogram(largest: 1, bins: 4)
    histogram.add([.nan, .infinity, 0.6, -1])
    #expect(histogram.counts == [0, 0, 1, 1])
    var empty = MagnitudeHistogram(largest: 0, bins: 4)
    empty.add([0, 0])
    #expect(empty.counts == [0, 0, 0, 0] && empty.percentile(0.5) == 0)
  }
}

struct IntegerTypesTests {
  private let signed = IntegerTypes.Input(isSigned: true)
  private let raw = IntegerTypes.Input(isSigned: false, scale: 1.0 / 255)

  @Test func whatIsNeverNegativeIsUnsigned() throws {
    var net = NetBuilder(seed: 1)
    let x = net.input([2, 4, 4])
    let rectified = try net.activation(.relu, x)
    let pooled = try net.node(.maxPool(Window(kernel: [2, 2])), rectified)
    let sum = try net.node(.binary(.add), rectified, rectified)
    let difference = try net.node(.binary(.subtract), rectified, sum)
    let bordered = try net.node(
      .pad(Padding(before: [0, 1, 1], after: [0, 1, 1], mode: .constant(-1))), sum)
    let types = IntegerTypes(net.graph, inputs: [signed])
    #expect(types.isSigned(x) && !types.isSigned(rectified) && !types.isSigned(pooled))
    #expect(types.isSigned(difference))
    #expect(types.isSigned(bordered) && types.isSigned(sum), "they have one scale")
    #expect(types.groups[pooled.index] == types.groups[rectified.index])
  }

  @Test func anInputOfRawBytesGivesItsScaleToWhatMovesIt() throws {
    var net = NetBuilder(seed: 1)
    let x = net.input([1, 4, 4])
    let flat = try net.node(.reshape([16]), x)
    let types = IntegerTypes(net.graph, inputs: [raw])
    #expect(types.given[types.groups[flat.index]] == 1.0 / 255 && !types.isSigned(flat))
  }

  @Test func aNegativeBorderOfRawBytesIsPutApart() throws {
    var net = NetBuilder(seed: 1)
    let x = net.input([4])
    net.output(
      try net.node(.pad(Padding(before: [1], after: [0], mode: .constant(-1))), x))
    let separate = net.graph.separatingGivenScales([raw])
    #expect(separate.nodes.map(\.operation.name) == ["leaky-relu", "pad"])
    #expect(net.graph.separatingGivenScales([signed]) == net.graph)
    let types = IntegerTypes(separate, inputs: [raw])
    #expect(!types.isSigned(x) && types.isSigned(separate.outputs[0]))
  }
}

struct RescalingTests {
  @Test(arguments: [1e-9, 3e-6, 1e-4, 0.003, 0.2, 1, 17, 200])
  func ratiosAreKeptToSixteenBits(ratio: Double) {
    let sum = 1000
    let (shift, exponent, multipliers) = Rescaling.rescaled([ratio, ratio / 3], sum: sum)
    #expect((0...15).contains(shift) && (0...15).contains(exponent))
    #expect(shift == 0 || exponent == 15, "a sum is shifted only where it must be")
    #expect(multipliers.allSatisfy { (0...65535).contains($0) })
    for (multiplier, wanted) in zip(multipliers, [ratio, ratio / 3]) {
      var kept = Double(multiplier)
      for _ in 0..<(shift + exponent) { kept *= 2 }
      for _ in 0..<38 { kept /= 2 }
      #expect(abs(kept - wanted) <= max(ratio / 65536, 1.0 / Double(1 << 39)))
    }
  }

  @Test func aLargeSumIsNotShiftedOutOfItsBits() {
    for bits in 1...31 {
      let sum = 1 << bits - 1
      let (shift, _, _) = Rescaling.rescaled([1e9], sum: sum)
      #expect(sum << shift < 1 << 31)
    }
  }

  @Test func biasesAreShiftedByTheLeast() {
    #expect(BlobBiases([0.2, -0.4], width: .int16) == nil)
    #expect(BlobBiases([100, -3.4], width: .int8) == BlobBiases([100, -3]))
    #expect(BlobBiases([300, 3], width: .int8) == BlobBiases([75, 1], shift: 2))
    #expect(BlobBiases([40_000, -7], width: .int16) == BlobBiases([20_000, -4], shift: 1))
    #expect(BlobBiases([1e12], width: .int16) == BlobBiases([32767], shift: 13))
  }
}
