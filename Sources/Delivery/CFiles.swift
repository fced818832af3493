import Blob
import Compiler
import Edge
import Emission
import Files
import Foundation
import Intake
import Planning
import Verification

/// What `emit-c` is told beside its blobs and its folder.
public struct CFileOptions: Sendable {
  /// What each blob is called in C; none: a sole one `model`, of several each as its file.
  public var names: [String] = []
  /// Further blobs that the runtime is to run, now or later: its switches and its arena are theirs too.
  public var others: [String] = []
  /// How raw numbers become each blob's input, where not as the blob says; its path is unused.
  public var transform = DataOptions(path: "")
  /// Samples whose first `count` are written too, of a sole blob.
  public var samples: DataOptions?
  public var count = 1
  /// A file of the classes' names, one a line, of a sole blob.
  public var classes: String?
  /// Index bits of the runtime's look-up tables, and the processor whose they are; nil: as the target says, or the runtime by
  /// itself.
  public var tableBits: Int?
  public var target: TargetProfile?
  /// Whether files are written over that are not as `emit-c` wrote them.
  public var force = false

  public init() {}

  /// What the configuration says; nil: nothing.
  var usedTableBits: Int? { tableBits ?? target?.tableBits }
}

/// Blobs as C, in a folder.
public enum CFiles {
  /// What was written, and what was left alone or taken away, in sentences.
  public struct Written: Codable, PrintableReport, Sendable {
    public static let reportName = "sources"

    /// A blob that was asked for, or named with --for, and what it takes in RAM.
    public struct Model: Codable, Sendable {
      /// Path of the blob.
      public var path: String
      /// The RAM that it takes.
      public var arena: ArenaReport
    }

    /// Paths of what was written.
    public var files: [String] = []
    /// The blobs that were emitted, then those that `--for` names.
    public var models: [Model] = []
    /// Sentences about what was left as it was, or is to be done.
    public var notes: [String] = []

    public var text: String { files.joined(separator: "\n") }

    /// What each blob takes in RAM, and of a sole one what look-up tables of other sizes would take.
    public var arenaLines: [String] {
      models.count == 1
        ? models[0].arena.lines : models.flatMap { model in model.arena.lines.prefix(1).map { "\(model.path): \($0)" } }
    }
  }

  /// As ``emit(blobs:to:options:)``, of one blob.
  public static func emit(blob path: String, to folder: String, samples: DataOptions?, count: Int)
    throws(CompilerError) -> [String]
  {
    var options = CFileOptions()
    (options.samples, options.count) = (samples, count)
    return try emit(blobs: [path], to: folder, options: options).files
  }

  /// Writes of each blob NAME.h and NAME.c, of a detector also its heads; main.c; the switches of the runtime, of several
  /// blobs with models.h; and where samples are given also these and what the C runtime answers to them on the host.
  ///
  /// A main.c that has been edited stays as it is, and so does any other file that `emit-c` did not write: it is refused.
  /// Files that an earlier call wrote of a model of the same name, and this one does not, are taken away.
  public static func emit(blobs paths: [String], to folder: String, options: CFileOptions) throws(CompilerError) -> Written {
    let names = try self.names(of: paths, options)
    let models = try zip(paths, names).map { path, name throws(CompilerError) in
      try model(path, name, options)
    }
    let others = try options.others.map { path throws(CompilerError) in
      let blob = try opening { () throws(IntakeError) in try BlobFile.open(path) }
      return (path, blob, try arena(of: blob, path, options))
    }
    let samples = try options.samples.map { given throws(CompilerError) in try self.samples(given, paths[0], options.count) }
    let arenas = models.map(\.1) + others.map(\.2)
    let texts = CSource.files(
      models.map(\.0), for: others.map(\.1), samples: samples, tableBits: options.usedTableBits,
      arenaBytes: arenas.map(\.arenaBytes).max() ?? 0, costs: arenas.count == 1 ? arenas[0].table : [])
    var written = try write(texts, names, to: folder, force: options.force)
    written.models = zip(paths + others.map(\.0), arenas).map { Written.Model(path: $0, arena: $1) }
    return written
  }

  // MARK: What is asked for

  private static func names(of paths: [String], _ options: CFileOptions) throws(CompilerError) -> [CNames] {
    guard !paths.isEmpty || !options.others.isEmpty else { throw .usage(reason: "give a blob, or --for with blobs") }
    guard options.names.isEmpty || options.names.count == paths.count else {
      throw .usage(reason: "--name is given \(options.names.count == 1 ? "once" : "\(options.names.count) times") for \(paths.count) blobs: give it for each, in their order")
    }
    guard paths.count == 1 || options.samples == nil else {
      throw .usage(reason: "--samples are of one blob: write each of several by itself, to the same folder, for its samples")
    }
    guard paths.count == 1 || options.classes == nil else {
      throw .usage(reason: "--classes are of one blob: write each of several by itself, to the same folder, for its classes")
    }
    var names: [CNames] = []
    for (index, path) in paths.enumerated() {
      let stem = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
      let told = options.names.isEmpty ? nil : options.names[index]
      let name = told.map { CNames($0) } ?? (paths.count == 1 ? CNames(CNames.usual) : CNames(stem: stem))
      guard let name else {
        throw .usage(reason: told.map {
          "--name takes letters, digits and _, at most 40, a letter first, and no name of Kinglet's own files, not \($0)"
        } ?? "\(path) gives no name for C: say one for each blob with --name")
      }
      names.append(name)
    }
    let spelled = names.map { $0.name.uppercased() }
    if let twice = names.first(where: { name in spelled.count { $0 == name.name.uppercased() } > 1 }) {
      throw .usage(reason: "two blobs would be called \(twice.name) in C: say another name for each with --name")
    }
    return names
  }

  private static func model(_ path: String, _ name: CNames, _ options: CFileOptions) throws(CompilerError)
    -> (CModel, ArenaReport)
  {
    let blob = try opening { () throws(IntakeError) in try BlobFile.open(path) }
    return try CompilerError.naming(path) { () throws(CompilerError) in
      let runtime = try verifying { () throws(VerificationError) in try EdgeRuntime.opened(blob.bytes) }
      let count = try decoding { () throws(BlobError) in try CModel.classCount(blob.model) }
      let classes = try options.classes.map { file throws(CompilerError) in
        try opening { () throws(IntakeError) in try PhotographFiles.classNames(file, count: count) }
      }
      let arena = try ArenaReport(blob, runtime, on: options.target, tableBits: options.tableBits)
      let transforms = try transforms(blob.model, options.transform)
      let model = try decoding { () throws(BlobError) in
        try CModel(name, blob, runtime, arenaBytes: arena.arenaBytes, transforms: transforms, classes: classes ?? [])
      }
      return (model, arena)
    }
  }

  private static func transforms(_ blob: BlobModel, _ told: DataOptions) throws(CompilerError) -> [CModel.Transform] {
    try blob.inputs.map { input throws(CompilerError) in
      let options = SampleLoading.options(told, following: input.transform)
      let layout: BlobTransform.Layout =
        options.layout == .channelsLast ? .channelsLast : options.layout == nil ? input.transform.layout : .channelsFirst
      let shape = input.tensor.shape
      let channels = (layout == .channelsLast ? shape.last : shape.first) ?? 1
      for (option, values) in [("--input-scale", options.scale ?? [1]), ("--input-mean", options.mean ?? [0])]
      where values.count != 1 && values.count != channels {
        throw .unfit(reason: "\(option) has \(values.count) numbers, and the input \(shape) has \(channels) channels: give one, or as many")
      }
      return CModel.Transform(scales: options.scale, means: options.mean, layout: layout)
    }
  }

  private static func decoding<R>(_ body: () throws(BlobError) -> R) throws(CompilerError) -> R {
    do { return try body() } catch { throw .blob(error) }
  }

  private static func arena(of blob: DecodedBlob, _ path: String, _ options: CFileOptions) throws(CompilerError) -> ArenaReport {
    try CompilerError.naming(path) { () throws(CompilerError) in
      let runtime = try verifying { () throws(VerificationError) in try EdgeRuntime.opened(blob.bytes) }
      return try ArenaReport(blob, runtime, on: options.target, tableBits: options.tableBits)
    }
  }

  private static func samples(_ samples: DataOptions, _ path: String, _ count: Int) throws(CompilerError) -> CSource.Samples {
    let blob = try opening { () throws(IntakeError) in try BlobFile.open(path) }
    let given = try opening { () throws(IntakeError) in try SampleSource.load(samples, for: blob.model, count: count) }
    return try CompilerError.naming(path) { () throws(CompilerError) in
      try verifying { () throws(VerificationError) in try sampleTexts(given, blob.bytes) }
    }
  }

  private static func sampleTexts(_ samples: [[Float]], _ bytes: [UInt8]) throws(VerificationError) -> CSource.Samples {
    let workers = try EdgeWorkers(bytes, threads: 1)
    let input = workers.inputs[0]
    let given = input.elements(of: samples.flatMap { $0 })
    let answers = try workers.run(elements: [given], count: samples.count, inTurn: workers.stateBytes > 0)
    return CSource.Samples(
      elements: samples.map { sample in
        input.type == .float32 ? sample.map(CSource.literal) : input.texts(of: input.elements(of: sample))
      }, type: input.type,
      answers: samples.indices.map { sample in
        zip(workers.outputs, answers).flatMap { tensor, bytes in
          tensor.texts(of: Array(bytes[sample * tensor.bytes..<(sample + 1) * tensor.bytes]))
        }.joined(separator: " ")
      })
  }

  // MARK: What is written

  private static func write(
    _ texts: [(name: String, text: String)], _ names: [CNames], to folder: String, force: Bool
  ) throws(CompilerError) -> Written {
    if let twice = texts.map(\.name).first(where: { name in texts.count { $0.name == name } > 1 }) {
      throw .usage(reason: "two blobs would both have a file \(twice): say other names for them with --name")
    }
    try makeFolder(folder)
    func path(_ name: String) -> String { folder.hasSuffix("/") ? folder + name : folder + "/" + name }
    let foreign = texts.map(\.name).filter { $0.hasSuffix(".h") || $0.hasSuffix(".c") && $0 != CSource.main }
      .first { Presence(path($0)) == .foreign }
    if let foreign, !force {
      throw .cannotWrite(
        path: path(foreign), reason: "emit-c did not write what is there: give another folder, --name, or --force")
    }
    var written = Written()
    for (name, text) in texts {
      if name == CSource.main, !force, [.foreign, .edited].contains(Presence(path(name))) {
        written.notes.append("\(path(name)) has been edited and stays as it is: --force writes it anew")
        continue
      }
      try OutputFile.write(Data(text.utf8), to: path(name))
      written.files.append(path(name))
    }
    let stale = names.flatMap(\.sometimes).filter { name in !texts.contains { $0.name == name } }
    written.notes += stale.map(path).filter(remove).map { "\($0) was of an earlier blob and is gone" }
    return written
  }

  /// Takes away what an earlier call wrote; expected.txt has no mark and goes with the samples that it belongs to.
  private static func remove(_ path: String) -> Bool {
    let source = path.hasSuffix("expected.txt") ? path.dropLast("expected.txt".count) + "samples.c" : path[...]
    guard Presence(String(source)) == .untouched || Presence(String(source)) == .edited else { return false }
    return (try? FileManager.default.removeItem(atPath: path)) != nil
  }

  /// What is at a path.
  private enum Presence {
    case nothing
    /// As it was written; with the mark, but with another text behind it; without the mark.
    case untouched, edited, foreign

    init(_ path: String) {
      let mark = Array(CSource.mark.utf8)
      guard let beginning = InputFile.beginning(of: path, mark.count) else {
        self = FileManager.default.fileExists(atPath: path) ? .foreign : .nothing
        return
      }
      guard beginning == mark else {
        self = .foreign
        return
      }
      guard (path as NSString).lastPathComponent == CSource.main, let bytes = try? InputFile(path).contents(limit: 1 << 24) else {
        self = .untouched
        return
      }
      self = CSource.isUntouched(String(decoding: bytes, as: UTF8.self)) ? .untouched : .edited
    }
  }

  static func makeFolder(_ folder: String) throws(CompilerError) {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw .cannotWrite(path: folder, reason: "the folder cannot be made")
    }
  }
}
