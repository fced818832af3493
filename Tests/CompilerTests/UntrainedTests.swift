import Compiler
import Foundation
import Intake
import Tables
import Tensors
import Testing

/// A blob made straight from a model says what it does to the model's answers.
struct UntrainedTests {
  /// Rows of huge weights that hardly anything reads: a table of 16 levels has none left for others.
  static let ruined: TinyModel = {
    var model = TinyModel(seed: 8)
    var random = SeededGenerator(seed: 9)
    model.input("image", [1, 6, 6])
    model.node("Flatten", ["image"], "flat")
    let first: [Float] = (0..<24 * 36).map { index in
      index < 36 ? Float(index + 1) * 20 : random.nextNormal() * 0.2
    }
    let quarters: [Float] = (0..<5 * 24).map { _ in Float(Int.random(in: -4...4, using: &random)) / 4 }
    let second: [Float] = quarters.enumerated().map { index, quarter in
      index % 24 == 0 ? 1e-9 : quarter
    }
    model.weights("fc1.w", [24, 36], first)
    model.node("Gemm", ["flat", "fc1.w"], "fc1", numbers: ["transB": 1])
    model.node("Relu", ["fc1"], "relu")
    model.weights("fc2.w", [5, 24], second)
    model.node("Gemm", ["relu", "fc2.w"], "fc2", numbers: ["transB": 1])
    model.output("fc2", [5])
    return model
  }()

  private func encode(
    _ model: TinyModel, _ change: (inout CompileOptions) -> Void = { _ in }, maxLoss: Double? = nil
  ) throws -> (report: CompileReport, broken: String?) {
    let bench = try Workbench()
    var options = try bench.options(model, data: nil)
    options.sparsity = 0
    change(&options)
    let compilation = try Compilation(options: options, observer: Watcher())
    let report = try compilation.encode(to: bench.path("out.kgl"), maxLoss: maxLoss)
    return (report, report.brokenLimit)
  }

  @Test func aNetworkThatSixteenLevelsRuinIsNamedOne() throws {
    let (report, broken) = try encode(Self.ruined, { $0.levels = .table(16) }, maxLoss: 1)
    let loss = try #require(report.loss)
    #expect(loss > 20 && report.samples == 128)
    #expect(report.evaluatedOn?.hasPrefix("128 generated inputs (") == true)
    #expect(report.lossName == "points of agreement lost")
    #expect(report.warning?.contains("128 generated inputs") == true)
    #expect(report.text.contains("\nwarning: the blob answers much"))
    #expect(broken?.hasSuffix("more than --max-loss 1.0") == true)
  }

  @Test func aNetworkThatStandsThemIsNotAccused() throws {
    let (report, broken) = try encode(.classifier(), maxLoss: 5)
    #expect(report.samples == 128 && report.warning == nil && broken == nil)
    #expect(try #require(report.loss) <= 1)
  }

  @Test(arguments: [TinyModel.classifier(), .autoencoder(), .twoByTwo()])
  func floatLosesNothing(_ model: TinyModel) throws {
    let (report, broken) = try encode(model, { $0.levels = .float }, maxLoss: 0.01)
    #expect(try #require(report.loss) < 0.01 && report.warning == nil && broken == nil)
  }

  @Test func numbersAreJudgedByTheirError() throws {
    let (report, _) = try encode(.autoencoder(), { $0.levels = .table(2) })
    #expect(report.lossName == "points of 1 - RMS error lost")
    #expect(try #require(report.loss) > 15 && report.warning != nil)
  }

  @Test func declaredBytesAreWhatIsGenerated() throws {
    let (report, _) = try encode(.classifier()) {
      $0.input = DataOptions(path: "", scale: [1 / 255], mean: [128])
    }
    #expect(report.evaluatedOn == "128 generated inputs (bytes as they are declared)")
  }

  @Test func calibrationSamplesAreBetterThanGeneratedOnes() throws {
    let (report, _) = try encode(.classifier()) {
      $0.calibration = DataOptions(path: "random:100")
      $0.activations = .int8
    }
    #expect(report.evaluatedOn == "100 calibration samples" && report.samples == 100)
  }
}
