// The stages of a compilation as functions from value to value: evolve, quantize or share, write,
// verify. What they all rest on is here, and stays as it is from the first cycle to the blob: the
// options, how answers are read, the student's structure; and, loaded when first asked for, the teacher
// and the samples.

import Blob
import Evolution
import Execution
import Files
import Foundation
import Intake
import ModelGraph
import ModelLoading
import Trials
import Verification

/// What a run found of its model and its samples when it began.
package struct Origin: Codable, Equatable, Sendable {
  /// How answers are read, and so what is lost.
  package var reading: AnswerReading
  /// That students are compared by.
  package var divergence: DivergenceKind
  package var transforms: [BlobTransform]
  package var teacherParameters: Int
  /// Of the teacher's numbers, so that another model under the same name is noticed.
  package var teacherChecksum: UInt32
  /// ``Fingerprint``s of the model's files and of the samples.
  package var model: [UInt8]
  package var samples: [UInt8]?
}

final class Stages {
  let options: CompileOptions
  let origin: Origin
  /// The graph that is evolved and coded: batch normalization folded away, biases everywhere. Its
  /// numbers are an ``Evolved``'s.
  let student: Graph
  /// What the network keeps from frame to frame: the student's last inputs and outputs.
  let states: [GraphState]
  /// What evolution and training are told, with what only the graph tells.
  let settings: EvolutionSettings
  /// When the run would have begun, had it never been stopped.
  private let began: Date
  let observer: any CompilationObserver
  /// Whether this is one of the students of a cross-fitting.
  let isFold: Bool
  /// Processes that trials and gradient steps are shared among; nil: there is this one.
  var team: (any TrialTeam)?
  private var loadedTeacher: Taught?
  private var loadedData: SampleSet?
  private var loadedTest: SampleSet?
  /// Calibration samples with the teacher's answers, once a stage has asked for them.
  private(set) var answered: TrainingSamples?

  var reading: AnswerReading { origin.reading }
  var task: NetworkTask { student.heads.isEmpty ? NetworkTask(reading) : .detection }
  var transforms: [BlobTransform] { origin.transforms }
  var threads: Int { options.evolution.threads }
  /// Seconds that the run took so far.
  var seconds: Double { Date().timeIntervalSince(began) }

  // MARK: Beginning

  /// - Throws: where options do not fit the student's graph.
  init(
    _ options: CompileOptions, origin: Origin, student: Graph, states: [GraphState] = [], began: Date = Date(),
    observer: any CompilationObserver, isFold: Bool = false
  ) throws(CompilerError) {
    (self.options, self.origin, self.student, self.states) = (options, origin, student, states)
    (self.began, self.observer, self.isFold) = (began, observer, isFold)
    settings = try options.settings(for: student, divergence: origin.divergence)
  }

  /// Loads the model and, where the options name them, the samples.
  static func beginning(_ options: CompileOptions, observer: any CompilationObserver)
    throws(CompilerError) -> Stages
  {
    try options.check()
    let (loaded, model) = try opening { () throws(IntakeError) in
      (
        try Teacher.load(options.model, axes: options.modelAxes, mayKeepState: options.mayKeepState),
        try Fingerprint.model(options.model, axes: options.modelAxes)
      )
    }
    let teacher = try Taught(loaded)
    let options = options.following(teacher).followingTarget
    if let fault = options.stateFault(loaded) { throw .unfit(reason: fault) }
    try CompilerError.naming(options.model) { () throws(CompilerError) in
      try options.check(against: teacher.graph.student)
    }
    _ = try options.deployed(teacher.graph.student.keeping(loaded.states))
    return try reading(
      options, teacher: teacher, states: loaded.states, model: model, began: Date(), observer: observer)
  }

  /// The same run by other options, its samples read again.
  func readingAnew(_ options: CompileOptions) throws(CompilerError) -> Stages {
    let stages = try Self.reading(
      options, teacher: try taught(), states: states, model: origin.model, began: began, observer: observer)
    stages.team = team
    if options.data != nil { _ = try stages.samples() }
    return stages
  }

  /// The same run by other options that say nothing of samples.
  func with(_ options: CompileOptions) throws(CompilerError) -> Stages {
    let stages = try Stages(
      options, origin: origin, student: student, states: states, began: began, observer: observer)
    (stages.loadedTeacher, stages.answered, stages.team) = (loadedTeacher, answered, team)
    (stages.loadedData, stages.loadedTest) = (loadedData, loadedTest)
    return stages
  }

  /// The stages over some samples alone, for a student that is kept nowhere.
  func fold(_ samples: SampleSet) throws(CompilerError) -> Stages {
    let fold = try Stages(
      options, origin: origin, student: teacher().student, observer: FoldObserver(observer), isFold: true)
    (fold.loadedTeacher, fold.loadedData, fold.team) = (try taught(), samples, team)
    return fold
  }

  private static func reading(
    _ options: CompileOptions, teacher taught: Taught, states: [GraphState], model: [UInt8], began: Date,
    observer: any CompilationObserver
  ) throws(CompilerError) -> Stages {
    let taught = try taught.counting(options)
    let teacher = taught.graph
    let (data, test) = (
      try options.framesOrSamples(for: teacher, keeping: states),
      try opening { () throws(IntakeError) in try options.givenTest(for: teacher) }
    )
    teacher.omissions.forEach(observer.noted)
    data?.samples.datasets.first?.notes.forEach(observer.noted)
    let (reading, judgedData, judgedTest) = try opening { () throws(IntakeError) in
      let reading = try AnswerReading.resolve(
        options.judgedTask(of: teacher), graph: teacher,
        samples: [data, test].compactMap { $0 })
      return (
        reading, try data?.judged(by: reading, graph: teacher), try test?.judged(by: reading, graph: teacher)
      )
    }
    let origin = Origin(
      reading: reading, divergence: try options.divergence(
        reading, of: teacher, labelled: data?.samples.labels != nil),
      transforms: options.transforms(data: data?.samples, graph: teacher),
      teacherParameters: teacher.parameterCount, teacherChecksum: teacher.checksum, model: model,
      samples: data.map { Fingerprint.samples($0.samples.leavingOut(states.count)) })
    let stages = try Stages(
      options, origin: origin, student: teacher.student, states: states, began: began, observer: observer)
    (stages.loadedTeacher, stages.loadedData, stages.loadedTest) = (taught, judgedData, judgedTest)
    if options.data != nil, let note = reading.note(of: teacher) { observer.noted(note) }
    return stages
  }

  // MARK: What stages need

  /// When a share of the whole limit will be over; nil without a limit.
  func deadline(share: Double) -> Date? {
    options.maxSeconds.map { Date(timeIntervalSinceNow: $0 * share - seconds) }
  }

  /// Ends the stage where the user wants to stop.
  func stopIfAsked() throws(CompilerError) {
    if observer.shouldStop { throw .interrupted(checkpoint: nil) }
  }

  /// The teacher in numbers.
  func teacher() throws(CompilerError) -> Graph { try taught().graph }

  /// The teacher, loaded again for a run that was taken up.
  func taught() throws(CompilerError) -> Taught {
    if let loadedTeacher { return loadedTeacher }
    let model = try opening { () throws(IntakeError) in
      try Teacher.load(options.model, axes: options.modelAxes, mayKeepState: options.mayKeepState)
    }
    let taught = try Taught(model).counting(options)
    guard taught.graph.checksum == origin.teacherChecksum,
      taught.graph.student.structure == student.structure
    else { throw .unfit(reason: "\(options.model) is not the model that this run began with") }
    loadedTeacher = taught
    return taught
  }

  /// What the options name as calibration data, loaded once.
  func data(for teacher: Graph) throws(CompilerError) -> SampleSet {
    if let loadedData { return loadedData }
    let read = try options.framesOrSamples(for: teacher, keeping: states)
    let given = try opening { () throws(IntakeError) in try read?.judged(by: reading, graph: teacher) }
    guard let given else { throw .usage(reason: "this needs samples: give --data, a file or random:N") }
    loadedData = given
    return given
  }

  /// The test samples that the options name, loaded once; nil where they name none.
  func testSamples() throws(CompilerError) -> SampleSet? {
    if let loadedTest { return loadedTest }
    loadedTest = try opening { () throws(IntakeError) in
      try options.givenTest(for: student)?.judged(by: reading, graph: student)
    }
    return loadedTest
  }

  /// Who may see which of the samples. Nothing is trained on those that only calibrate.
  func split(_ data: SampleSet) -> DataSplit {
    DataSplit(
      data, holdingBack: options.data == nil ? 0 : options.heldBack, keepsUnseen: keepsUnseen(data),
      seed: settings.seed)
  }

  /// Calibration samples with the teacher's answers.
  func samples() throws(CompilerError) -> TrainingSamples {
    if let answered { return answered }
    let teacher = try teacher()
    let data = try data(for: teacher)
    let split = split(data)
    try checkLabels(split.training.labels)
    let own = split.heldBack.prefix(DataSplit.mostJudged)
    observer.began("teacher")
    let samples = try executing { () throws(ExecutionError) in
      try TrainingSamples(
        teacher: teacher, training: split.training, heldBack: own,
        others: split.holdsBack ? others(split.training, heldBack: own.count) : nil,
        reading: reading, threads: threads)
    }
    try CompilerError.naming(options.model) { () throws(CompilerError) in
      try verifying { () throws(VerificationError) in
        try TeacherCheck.requireNumbers(
          samples.trainingTargets + samples.heldBackTargets, of: teacher, samples: data, threads: threads)
      }
    }
    observer.ended("answered \(split.training.count) samples, and \(samples.heldBack.count) held back")
    answered = samples
    return samples
  }

  /// Labels that are to be learned have to be there, and to fit.
  private func checkLabels(_ labels: [Int]?) throws(CompilerError) {
    guard settings.retraining.labelShare ?? 0 != 0 || settings.divergence == .crossEntropy else { return }
    guard let labels else {
      throw .usage(
        reason: "--label-share and --divergence ce need labels, and the samples have none: give --labels")
    }
    let shapes = student.lossValues.map { student[$0].shape }
    guard let classes = shapes.first?.last else { return }
    guard shapes.count == 1, shapes[0].count == 1, labels.allSatisfy((0..<classes).contains) else {
      throw .unfit(reason: "labels can only be learned by a network with one list of classes as output")
    }
  }
}

extension Graph {
  /// Of all its numbers.
  fileprivate var checksum: UInt32 {
    parameters.reduce(0) { sum, parameter in
      parameter.tensor.values.withUnsafeBytes { CRC32.sum($0, continuing: sum) }
    }
  }
}

/// Hears of a fold, and tells only whether to stop.
private final class FoldObserver: CompilationObserver {
  private let whole: any CompilationObserver

  init(_ whole: any CompilationObserver) { self.whole = whole }

  func began(_ stage: String) {}
  func advanced(_ done: Int, of total: Int?, _ unit: StageUnit, _ detail: String) {}
  func ended(_ summary: String) {}
  func noted(_ text: String) {}
  var shouldStop: Bool { whole.shouldStop }
}
