import Compiler
import Foundation
import Intake
import Tables
import Testing

/// Levels are dealt to the layers of a model that is not trained.
struct DealingTests {
  private func encode(
    _ model: TinyModel, _ change: (inout CompileOptions) -> Void = { _ in }, maxLoss: Double? = nil
  ) throws -> (report: CompileReport, bytes: Data) {
    let bench = try Workbench()
    var options = try bench.options(model, data: nil)
    options.sparsity = 0
    change(&options)
    let report = try Compilation(options: options, observer: Watcher())
      .encode(to: bench.path("out.kgl"), maxLoss: maxLoss)
    return (report, try bench.bytes("out.kgl"))
  }

  @Test(arguments: [TinyModel.classifier(), .autoencoder(), .twoByTwo(), .chooser(), .chooser(least: true)])
  func noMoreIsForetoldToBeLostThanMay(model: TinyModel) throws {
    let (report, _) = try encode(model)
    let dealing = try #require(report.dealing)
    #expect(dealing.isDealt && dealing.isWithinLimit && dealing.limit == 1)
    #expect(report.text.contains("levels dealt to layers"))
  }

  @Test(arguments: [TinyModel.classifier(), .autoencoder(), .twoByTwo()])
  func whatIsDealtIsNotWarnedOf(model: TinyModel) throws {
    let (report, _) = try encode(model)
    #expect(report.warning == nil, "\(report.warning ?? "")")
  }

  @Test func aLayerThatNeedsMoreLevelsGetsThem() throws {
    let (report, _) = try encode(UntrainedTests.ruined)
    let plans = report.layers.compactMap { $0.table?.plan }
    #expect(plans.count == 2 && plans[0] != plans[1])
    #expect(report.warning == nil && (report.loss ?? 100) <= 1)
  }

  @Test func levelsThatAreToldStayAndAreWarnedOf() throws {
    let (report, _) = try encode(UntrainedTests.ruined) { $0.levels = .table(16) }
    #expect(report.layers.allSatisfy { $0.levels ?? 0 <= 16 })
    #expect(report.dealing?.isDealt == false && report.dealing?.isWithinLimit == false)
    #expect(report.warning?.hasPrefix("warning: ") == true)
  }

  @Test func oneLayerMayBeTold() throws {
    let (report, _) = try encode(.classifier()) { $0.layerLevels["fc1"] = .table(9) }
    #expect(report.layers[1].levels == 9 && report.dealing?.isDealt == true)
  }

  @Test func aLimitOfLossIsDealtBy() throws {
    let tight = try encode(.classifier(), maxLoss: 0.01), loose = try encode(.classifier(), maxLoss: 5)
    #expect(tight.report.brokenLimit == nil && loose.report.brokenLimit == nil)
    #expect(tight.report.blobBytes > loose.report.blobBytes)
  }

  @Test func theSameBytesOnAnyNumberOfThreads() throws {
    let one = try encode(.classifier()) { $0.evolution.threads = 1 }
    let three = try encode(.classifier()) { $0.evolution.threads = 3 }
    #expect(one.bytes == three.bytes && one.report.dealing == three.report.dealing)
  }

  @Test func weightsOfFewValuesAreKept() throws {
    var model = TinyModel(seed: 1)
    model.input("x", [40])
    model.weights("w", [30, 40], (0..<1200).map { Float($0 * 7 % 11) - 5 })
    model.node("Gemm", ["x", "w"], "y", numbers: ["transB": 1])
    model.output("y", [30])
    let (report, _) = try encode(model)
    #expect(report.dealing?.relativeError == 0 && report.layers[0].levels == 10)
  }

  @Test func samplesTakeThePlaceOfGeneratedInputs() throws {
    let (report, _) = try encode(.classifier()) { $0.calibration = DataOptions(path: "random:100") }
    #expect(report.dealing?.basis == "samples of --data" && report.dealing?.inputs == 40)
    #expect(report.dealing?.fittedSamples == 60 && report.text.contains("fitted in closed form on 60 samples"))
  }
}
