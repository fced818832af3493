// The stages in order: load, evolve, quantize, encode, verify. Each stage takes what the one before
// left in memory or in a checkpoint.

import Blob
import Datasets
import Evolution
import Execution
import Files
import Foundation
import Lowering
import ModelGraph
import ModelLoading
import Quantization
import Tensors
import Trials

/// One compilation of one model.
public final class Compilation {
  public var options: CompileOptions
  /// Where the run is kept while it lasts; nil: nowhere.
  public var checkpointPath: String?

  /// What command lines said of the run; kept with it.
  public var told: Told?

  /// Where the record of the cycles goes, as JSON Lines; nil: nowhere.
  public var recordPath: String?

  let observer: any CompilationObserver
  let teacherParameters: Int
  let teacherChecksum: UInt32
  /// Nil in a run that began before blobs said where they come from.
  private(set) var fingerprints: Checkpoint.Fingerprints?
  /// How answers are read, and so what is lost.
  private(set) var reading: AnswerReading
  var task: NetworkTask { NetworkTask(reading) }
  private(set) var divergence: DivergenceKind
  /// The graph that is evolved and coded: batch normalization folded away, biases everywhere.
  var student: Graph
  var transforms: [BlobTransform]
  var evolution: EvolutionState
  var coded: [BlobWeights]?
  /// For each layer how its table was made, where quantization made them.
  var tables: [TableRecord]?
  /// Where weights are shared: how far the search is.
  package internal(set) var sharing: SharingProgress?
  /// Gradient steps after the last cycle, decided when the first of them is taken.
  var finalStepsPlanned: Int?
  /// Whether pools are planned again before the next cycle, for options that changed.
  var plansAnew = false
  /// How the student did when the evolution ended.
  var finalJudgement: Judgement?
  var tableStepsDone = 0
  /// The options while tables are made, for searches change them and the tables for a time: what is
  /// kept of the run meanwhile is what it was before.
  var optionsBeforeTables: CompileOptions?
  /// What the blob that was written loses too much of, as a sentence; nil where limits hold.
  public internal(set) var brokenLimit: String?
  var trainingSamples: TrainingSamples?
  private var loadedTeacher: Graph?
  var loadedData: SampleSet?
  var loadedTest: SampleSet?
  /// Whether this is one of the runs of a cross-fitting.
  var isFold = false
  private let began = Date()
  private let secondsBefore: Double
  /// Seconds between two checkpoints, at least.
  public var checkpointEvery = 5.0
  var lastSaved = Date.distantPast

  // MARK: Beginning

  /// Loads the model and, where the options name them, the calibration samples.
  public init(options: CompileOptions, observer: any CompilationObserver) throws(CompilerError) {
    self.options = options
    self.observer = observer
    let teacher = try Teacher.load(options.model, axes: options.axes ?? [:])
    loadedTeacher = teacher
    let student = teacher.student
    self.student = student
    try CompilerError.naming(options.model) { () throws(CompilerError) in
      try Self.check(options, against: student)
    }
    teacherParameters = teacher.parameterCount
    teacherChecksum = Self.checksum(teacher)
    let (data, test) = (try Self.givenData(options, for: teacher), try Self.givenTest(options, for: teacher))
    fingerprints = Checkpoint.Fingerprints(
      teacher: try Fingerprint.model(options.model),
      data: data.map { Fingerprint.samples($0.samples) })
    data?.samples.datasets.first?.notes.forEach(observer.noted)
    let reading = try AnswerReading.resolve(
      TaskOptions(options.task, threshold: options.threshold), graph: teacher,
      samples: [data, test].compactMap { $0 })
    self.reading = reading
    loadedData = try data?.judged(by: reading, graph: teacher)
    loadedTest = try test?.judged(by: reading, graph: teacher)
    divergence = try Self.divergence(options, reading, graph: teacher)
    transforms = Self.transforms(options, data: data?.samples, graph: teacher)
    evolution = EvolutionState(student: student, pools: [])
    secondsBefore = 0
    if options.data != nil, let note = reading.note(of: teacher) { observer.noted(note) }
  }

  /// A run over the same model by some samples alone, which is kept nowhere.
  init(fold samples: SampleSet, of whole: Compilation, observer: any CompilationObserver)
    throws(CompilerError)
  {
    options = whole.options
    // Planned anew, by these samples.
    options.evolution.pools = []
    options.selfTest = nil
    self.observer = observer
    let teacher = try whole.teacher()
    loadedTeacher = teacher
    student = teacher.student
    (teacherParameters, teacherChecksum) = (whole.teacherParameters, whole.teacherChecksum)
    (fingerprints, reading) = (whole.fingerprints, whole.reading)
    (divergence, transforms) = (whole.divergence, whole.transforms)
    loadedData = samples
    isFold = true
    evolution = EvolutionState(student: student, pools: [])
    secondsBefore = 0
  }

  /// Takes a run up again.
  public init(resuming path: String, observer: any CompilationObserver) throws(CompilerError) {
    let checkpoint = try Checkpoint.read(path)
    let contents = checkpoint.contents
    options = contents.options
    self.observer = observer
    teacherParameters = contents.teacherParameters
    teacherChecksum = contents.teacherChecksum
    fingerprints = contents.fingerprints
    divergence = contents.divergence
    do {
      student = try Graph(
        structure: contents.student, tensors: checkpoint.evolution.parameters)
    } catch {
      throw .badCheckpoint(path: path, reason: error.sentence)
    }
    if let kept = contents.reading {
      reading = kept
    } else {
      let choice = contents.task == .classification ? TaskChoice.classify : .regress
      reading = try .resolve(TaskOptions(choice), graph: student, samples: [])
    }
    transforms = contents.transforms.map(\.blobTransform)
    evolution = checkpoint.evolution
    coded = contents.coded
    tables = contents.tables
    sharing = contents.sharing
    finalStepsPlanned = contents.finalStepsPlanned
    told = contents.told
    tableStepsDone = contents.tableStepsDone
    secondsBefore = contents.seconds
    checkpointPath = path
    try checkResumed(path)
  }

  private func checkResumed(_ path: String) throws(CompilerError) {
    try Self.check(options, against: student)
    let layers = student.layers
    guard transforms.count == student.inputs.count else {
      throw .badCheckpoint(path: path, reason: "inputs and transforms are not as many")
    }
    guard reading.fits(student) else {
      throw .badCheckpoint(path: path, reason: "what its answers are read by does not fit its outputs")
    }
    guard let coded else { return }
    let fits = coded.count == layers.count
      && zip(coded, layers).allSatisfy { $0.rows == $1.rows && $0.columns == $1.columns }
    let records = tables ?? []
    guard fits, tables == nil || records.count == layers.count,
      zip(layers, records).allSatisfy({ (0...$0.weightCount).contains($1.zeroed) })
    else {
      throw .badCheckpoint(path: path, reason: "its layers do not fit its graph")
    }
  }

  /// Whether a file is a checkpoint, by its first bytes.
  public static func isCheckpoint(_ path: String) -> Bool {
    InputFile.beginning(of: path, 7).map { $0 == Array("KGLCKPT".utf8) } ?? path.hasSuffix(".ckpt")
  }

  /// Fails early where results could not be written at the end; leaves nothing behind.
  public static func checkWritable(_ paths: [String]) throws(CompilerError) {
    for path in paths {
      guard !path.isEmpty else { throw .cannotWrite(path: path, reason: "its name is empty") }
      let parent = folder(of: path)
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: parent, isDirectory: &isFolder), isFolder.boolValue
      else { throw .cannotWrite(path: path, reason: "there is no folder \(parent)") }
      guard !FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) || !isFolder.boolValue
      else { throw .cannotWrite(path: path, reason: "it is a folder") }
      // Tried out: who may write where is more than permissions tell.
      do { try OutputFile.tryOut(path) } catch { throw CompilerError(error) }
    }
  }

  /// The folder that a path lies in. Foundation's own way traps on paths of one character.
  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  static func check(_ options: CompileOptions, against graph: Graph) throws(CompilerError) {
    let names = graph.layers.map(\.name)
    let patterns = [options.layerSparsity.keys, options.poolSparsity.keys].joined()
    for pattern in patterns where !names.contains(where: { Pattern(pattern).matches($0) }) {
      let known = names.joined(separator: ", ")
      throw .usage(reason: "the model has no layer named \(pattern); it has \(known)")
    }
    for name in options.layerLevels.keys where !names.contains(name) {
      let known = names.joined(separator: ", ")
      throw .usage(reason: "the model has no layer named \(name); it has \(known)")
    }
    guard !graph.layers.isEmpty else {
      throw .unfit(reason: "the model has no convolution or dense layer, so there is nothing to compile")
    }
    if let fault = options.fault(layers: graph.layers.count) { throw .usage(reason: fault) }
    if let fault = options.foldFault ?? options.tableFault { throw .usage(reason: fault) }
  }

  private static func transforms(_ options: CompileOptions, data: SampleSet?, graph: Graph)
    -> [BlobTransform]
  {
    let random = (options.data ?? options.calibration)?.path.hasPrefix("random:") ?? false
    return graph.inputs.enumerated().map { index, input in
      if let data { return SampleLoading.transform(of: data.datasets[index], random: random) }
      return SampleLoading.transform(
        scale: options.input?.scale, mean: options.input?.mean, shape: graph[input].shape,
        layout: options.input?.layout)
    }
  }

  /// The divergence that students are compared by.
  private static func divergence(
    _ options: CompileOptions, _ reading: AnswerReading, graph: Graph
  ) throws(CompilerError) -> DivergenceKind {
    let kind = options.divergence ?? reading.usualDivergence(of: graph)
    guard kind == .distribution || kind == .crossEntropy else {
      guard options.evolution.retraining.labelShare == 0 else {
        throw .usage(reason: "--label-share is of distributions: not with --divergence \(kind.rawValue)")
      }
      return kind
    }
    if let output = graph.lossValues.first(where: { graph[$0].shape.last ?? 1 <= 1 }) {
      throw .usage(
        reason: "--divergence \(kind.rawValue) compares distributions, and \(graph[output].name) ends in "
          + "lists of one number: give mse or nmse")
    }
    return kind
  }

  private static func checksum(_ graph: Graph) -> UInt32 {
    graph.parameters.reduce(0) { sum, parameter in
      parameter.tensor.values.withUnsafeBytes { CRC32.sum($0, continuing: sum) }
    }
  }

  // MARK: What stages need

  /// Seconds spent, those before a resume included.
  var seconds: Double { secondsBefore + Date().timeIntervalSince(began) }

  /// When a share of the whole limit will be over; nil without a limit.
  func deadline(share: Double) -> Date? {
    options.maxSeconds.map { Date(timeIntervalSinceNow: $0 * share - seconds) }
  }

  /// The teacher, loaded again for a run that was taken up.
  func teacher() throws(CompilerError) -> Graph {
    if let loadedTeacher { return loadedTeacher }
    let graph = try Teacher.load(options.model, axes: options.axes ?? [:])
    guard Self.checksum(graph) == teacherChecksum,
      graph.student.structure == student.structure
    else { throw .unfit(reason: "\(options.model) is not the model that this run began with") }
    loadedTeacher = graph
    return graph
  }

  /// What the options name as calibration data, loaded once.
  func data(for teacher: Graph) throws(CompilerError) -> SampleSet {
    if let loadedData { return loadedData }
    guard let source = options.data ?? options.calibration else {
      throw .usage(reason: "this needs samples: give --data, a file or random:N")
    }
    let data = try Self.given(source, options, for: teacher).judged(by: reading, graph: teacher)
    loadedData = data
    return data
  }

  private static func givenData(_ options: CompileOptions, for teacher: Graph) throws(CompilerError)
    -> GivenSamples?
  {
    guard let source = options.data ?? options.calibration else { return nil }
    return try given(source, options, for: teacher)
  }

  private static func given(_ source: DataOptions, _ options: CompileOptions, for teacher: Graph)
    throws(CompilerError) -> GivenSamples
  {
    GivenSamples(
      samples: try SampleLoading.load(source, for: teacher, seed: options.evolution.seed),
      options: source)
  }

  /// Reads all samples again, and what follows from them, for options that changed.
  func readSamplesAnew() throws(CompilerError) {
    trainingSamples = nil
    let teacher = try teacher()
    let (data, test) = (try Self.givenData(options, for: teacher), try Self.givenTest(options, for: teacher))
    reading = try AnswerReading.resolve(
      TaskOptions(options.task, threshold: options.threshold), graph: teacher,
      samples: [data, test].compactMap { $0 })
    loadedData = try data?.judged(by: reading, graph: teacher)
    loadedTest = try test?.judged(by: reading, graph: teacher)
    divergence = try Self.divergence(options, reading, graph: teacher)
    if let data {
      fingerprints?.data = Fingerprint.samples(data.samples)
      transforms = Self.transforms(options, data: data.samples, graph: teacher)
    }
    if options.data != nil { try settle(try samples()) }
  }

  /// Who may see which of the samples. Nothing is trained on those that only calibrate.
  func split(_ data: SampleSet) -> DataSplit {
    DataSplit(
      data, holdingBack: options.data == nil ? 0 : options.heldBack, keepsUnseen: keepsUnseen(data), seed: options.evolution.seed)
  }

  /// Calibration samples with the teacher's answers.
  func samples() throws(CompilerError) -> TrainingSamples {
    if let trainingSamples { return trainingSamples }
    let teacher = try teacher()
    let data = try data(for: teacher)
    let split = split(data)
    let own = split.heldBack.prefix(DataSplit.mostJudged)
    observer.began("teacher")
    let samples = try Self.executing { () throws(ExecutionError) in
      try TrainingSamples(
        teacher: teacher, training: split.training, heldBack: own,
        others: split.holdsBack ? others(split.training, heldBack: own.count) : nil,
        reading: reading, threads: options.evolution.threads)
    }
    try CompilerError.naming(options.model) { () throws(CompilerError) in
      try TeacherCheck.requireNumbers(
        samples.trainingTargets + samples.heldBackTargets, of: teacher, samples: data,
        threads: options.evolution.threads)
    }
    observer.ended("answered \(split.training.count) samples, and \(samples.heldBack.count) held back")
    trainingSamples = samples
    return samples
  }

  static func executing<R>(_ body: () throws(ExecutionError) -> R) throws(CompilerError) -> R {
    do { return try body() } catch { throw .execution(error) }
  }
}
