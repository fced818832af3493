import Compiler
import Datasets
import Evolution
import Foundation
import Intake
import Tables
import Tensors
import Testing

/// What a compilation refuses, and how.
struct RefusalTests {
  private func refusal(
    _ model: TinyModel = .classifier(), _ change: (inout CompileOptions, Workbench) throws -> Void
  ) throws -> CompilerError? {
    let bench = try Workbench()
    var options = try bench.options(model)
    try change(&options, bench)
    do throws(CompilerError) {
      let compilation = try Compilation(options: options, observer: Watcher())
      _ = try compilation.compile(to: bench.path("out.kgl"))
      return nil
    } catch {
      #expect(!bench.files.contains("out.kgl"))
      #expect(!error.sentence.isEmpty && !error.sentence.contains("\n"))
      return error
    }
  }

  private func isUsage(_ error: CompilerError?) -> Bool {
    if case .usage = error { return true }
    return false
  }

  private func isUnfit(_ error: CompilerError?) -> Bool {
    if case .unfit = error { return true }
    return false
  }

  @Test func anUnknownLayerIsAMistakeOfUsage() throws {
    #expect(isUsage(try refusal { options, _ in options.layerSparsity = ["conf": 0.5] }))
    #expect(isUsage(try refusal { options, _ in options.layerLevels = ["": .float] }))
  }

  @Test func evolvingWithoutSamplesIsAMistakeOfUsage() throws {
    #expect(isUsage(try refusal { options, _ in options.data = nil }))
  }

  @Test func numbersOutOfRangeAreAMistakeOfUsage() throws {
    #expect(isUsage(try refusal { options, _ in options.sparsity = 1 }))
    #expect(isUsage(try refusal { options, _ in options.levels = .table(1000) }))
    #expect(isUsage(try refusal { options, _ in options.evolution.step = .share(0) }))
    #expect(isUsage(try refusal { options, _ in options.evolution.threads = 0 }))
    #expect(isUsage(try refusal { options, _ in options.evolution.pools = [Pool(layers: [7], sparsity: 0.5)] }))
    #expect(isUsage(try refusal { options, _ in options.maxSeconds = .nan }))
  }

  @Test func logarithmsOfTooManyClassesHaveNoBytes() throws {
    var model = TinyModel(seed: 1)
    model.input("x", [2])
    model.dense("x", "wide", from: 2, to: 4096)
    model.node("LogSoftmax", ["wide"], "logarithms")
    model.output("logarithms", [4096])
    let error = try refusal(model) { options, _ in options.activations = .int8 }
    #expect(isUnfit(error) && error?.sentence.contains(
      "net.onnx: node logarithms (log-softmax) is of 4096 numbers, and its step on bytes takes 4095 at most") == true,
      "\(error?.sentence ?? "")")
  }

  @Test func trainingThatDivergesIsToldOf() throws {
    let error = try refusal { options, _ in options.evolution.retraining.learningRate = 1e30 }
    #expect(isUnfit(error) && error?.sentence.contains("--learning-rate") == true, "\(error)")
  }

  @Test(arguments: ["random:0", "random:x", "random:-3", "random:99999999999"])
  func badRandomDataIsAMistakeOfUsage(path: String) throws {
    #expect(isUsage(try refusal { options, _ in options.data = DataOptions(path: path) }))
  }

  @Test func samplesOfAnotherShapeDoNotFit() throws {
    let error = try refusal { options, bench in
      let samples = Dataset.random(count: 10, sampleShape: [1, 6, 7], seed: 3).samples(0..<10)
      try NPY.write(samples, to: URL(fileURLWithPath: bench.path("data.npy")))
      options.data = DataOptions(path: bench.path("data.npy"))
    }
    #expect(isUnfit(error))
  }

  @Test func missingFilesAreNamed() throws {
    let noModel = try refusal { options, bench in options.model = bench.path("other.onnx") }
    #expect(noModel?.sentence.contains("other.onnx") == true)
    let noData = try refusal { options, bench in
      options.data = DataOptions(path: bench.path("other.gz"))
    }
    #expect(noData?.sentence.contains("other.gz") == true)
  }

  @Test func aModelWithoutLayersIsRefused() throws {
    var model = TinyModel()
    model.input("x", [4])
    model.node("Relu", ["x"], "y")
    model.output("y", [4])
    #expect(isUnfit(try refusal(model) { _, _ in }))
  }

  @Test func anotherModelUnderTheSameNameIsNoticed() throws {
    let bench = try Workbench()
    let compilation = try Compilation(
      options: try bench.options(), observer: Watcher(stoppingAfter: 2))
    compilation.checkpointPath = bench.path("run.ckpt")
    #expect(throws: CompilerError.self) { try compilation.compile(to: bench.path("out.kgl")) }
    try TinyModel.classifier(seed: 99).write(to: bench.path("net.onnx"))
    let resumed = try Compilation(resuming: bench.path("run.ckpt"), observer: Watcher())
    do throws(CompilerError) {
      _ = try resumed.compile(to: bench.path("out.kgl"))
      Issue.record("another model was taken")
    } catch {
      #expect(isUnfit(error))
    }
  }

  @Test func stagesOutOfOrderAreMistakesOfUsage() throws {
    let bench = try Workbench()
    let stopped = try Compilation(options: try bench.options(), observer: Watcher(stoppingAfter: 2))
    stopped.checkpointPath = bench.path("run.ckpt")
    #expect(throws: CompilerError.self) { try stopped.evolve() }
    for stage in ["quantize", "encode"] {
      let resumed = try Compilation(resuming: bench.path("run.ckpt"), observer: Watcher())
      do throws(CompilerError) {
        if stage == "quantize" {
          _ = try resumed.quantize()
        } else {
          _ = try resumed.encode(to: bench.path("out.kgl"))
        }
        Issue.record("\(stage) went on from a run that is not evolved")
      } catch {
        #expect(isUsage(error))
      }
    }
  }
}
