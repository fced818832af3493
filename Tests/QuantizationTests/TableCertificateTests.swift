import Foundation
import Quantization
import Tensors
import Testing

@Suite struct TableCertificateTests {
  @Test func theBestTableIsSeenToBeBest() throws {
    let samples = [
      ("normal", Samples.normal(60_000, seed: 1)), ("Laplace", Samples.laplace(60_000, seed: 2)),
      ("two peaks", Samples.twoPeaks(20_000, seed: 3)),
    ]
    for (name, weights) in samples {
      let certificate = try LayerQuantizer().certificate(
        weights: weights, rows: 1, columns: weights.count)
      #expect(certificate.entries.map(\.table) == TableCertificate.Table.allCases)
      let scale = certificate.weightedDeviation
      #expect(abs(scale / Double(weights.count) - Samples.variance(weights)) < 1e-4 * scale)
      for entry in certificate.entries {
        print(name, entry.table.rawValue, entry.weightedSquaredError / scale, entry.entropy)
      }
      print(name, "Panter-Dite", certificate.panterDite / scale)
      let least = try #require(certificate[.kMeans]).weightedSquaredError
      #expect(certificate.entries.allSatisfy { $0.weightedSquaredError >= least * (1 - 1e-6) })
      // float16 entries lose next to nothing.
      #expect(try #require(certificate[.chosen]).weightedSquaredError < least * 1.0001)
      let clipped = try #require(certificate[.uniformClipped]).weightedSquaredError
      #expect(clipped <= (try #require(certificate[.uniformSymmetric]).weightedSquaredError))
    }
  }

  /// For normal samples theory says sqrt(3) pi / 2 = 2.72 over k^2.
  @Test func highResolutionTheoryIsNearForManyLevels() throws {
    let weights = Samples.normal(60_000, seed: 4)
    for levels in [16, 64] {
      let certificate = try LayerQuantizer(levels: levels).certificate(
        weights: weights, rows: 1, columns: weights.count)
      let theory = 3.0.squareRoot() * Double.pi / 2 / Double(levels * levels)
      let bound = certificate.panterDite / certificate.weightedDeviation
      #expect(abs(bound - theory) < 0.05 * theory)
      let least = try #require(certificate[.kMeans]).weightedSquaredError
      #expect(least < 1.05 * certificate.panterDite && least > 0.8 * certificate.panterDite)
    }
  }

  @Test func errorsAndEntropiesAreThoseOfTheTables() throws {
    let weights = Samples.laplace(3000, seed: 5)
    let importance = Samples.positive(3000, seed: 6)
    let certificate = try LayerQuantizer(levels: 8, allowsRowScales: false).certificate(
      weights: weights, rows: 3, columns: 1000, importance: .weights(importance))
    for (table, method) in [
      (.kMeans, .kMeans), (.uniformRange, .uniformRange), (.uniformSymmetric, .uniformSymmetric),
      (.paperEquation5, .paperEquation5),
    ] as [(TableCertificate.Table, TableMethod)] {
      let levels = try method.levels(for: weights, weights: importance, count: 8)
      let entry = try #require(certificate[table])
      let error = Samples.error(weights, levels, weights: importance)
      #expect(abs(entry.weightedSquaredError - error) < 1e-6 * error)
      let codes = Rounding.nearest.codes(for: weights, levels: levels)
      let entropy = Dictionary(grouping: codes, by: { $0 }).values.reduce(0.0) {
        $0 - Double($1.count) / 3000 * log2(Double($1.count) / 3000)
      }
      #expect(abs(entry.entropy - entropy) < 1e-9)
    }
  }

  @Test func scaledLayersAreComparedInTrueUnits() throws {
    var generator = SeededGenerator(seed: 7)
    let sizes: [Float] = [1, 20, 3, 0.1]
    let weights = (0..<4000).map { generator.nextNormal() * sizes[$0 / 1000] }
    let quantizer = LayerQuantizer()
    let layer = try quantizer.quantized(weights: weights, rows: 4, columns: 1000)
    #expect(!layer.rowScales.areAbsent)
    let certificate = try quantizer.certificate(of: layer, weights: weights)
    let chosen = try #require(certificate[.chosen])
    let least = try #require(certificate[.kMeans])
    #expect(abs(chosen.weightedSquaredError - layer.squaredError(of: weights)) < 1e-9)
    #expect(abs(chosen.weightedSquaredError - least.weightedSquaredError)
      < 0.001 * least.weightedSquaredError)
    let data = try JSONEncoder().encode(certificate)
    #expect(try JSONDecoder().decode(TableCertificate.self, from: data) == certificate)
  }

  @Test func smallLayersHaveCertificates() throws {
    func certificate(_ weights: [Float], _ levels: Int) throws -> TableCertificate {
      try LayerQuantizer(levels: levels).certificate(
        weights: weights, rows: 1, columns: weights.count)
    }
    #expect(try certificate([0, 0], 4).entries.isEmpty)
    for levels in [1, 2, 3, 256] {
      for weights in [[2], [2, 2, 0, 2], [-1, 3], [-3, -2, -1]] as [[Float]] {
        let certificate = try certificate(weights, levels)
        #expect(certificate.entries.allSatisfy { $0.weightedSquaredError.isFinite })
        #expect(certificate.panterDite.isFinite && certificate.entries.count == 8)
      }
    }
    #expect(throws: QuantizationError.notFinite(index: 0)) { try certificate([.infinity], 4) }
  }
}
