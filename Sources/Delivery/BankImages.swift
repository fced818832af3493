// `emit-banks`: what a memory compiler, a simulator or a programmer loads, and the map of it.

import Blob
import Compiler
import Die
import Edge
import Files
import Foundation
import Intake
import Planning
import Verification

extension BankMap: PrintableReport {
  public static let reportName = "banks"
}

extension DecodedBlob {
  /// The same network with its rows dealt to a target's lanes, and these packed into its banks.
  func dealtAnew(on target: TargetProfile, options: CodingOptions) throws(BlobError) -> DecodedBlob {
    try DecodedBlob(Placement.bytes(for: model, on: target, options: options))
  }
}

public enum BankImages {
  /// What was written.
  public struct Written: Codable, PrintableReport, Sendable {
    public static let reportName = "images"

    /// None where the blob does not fit.
    public var files: [String]
    /// Whether rows had to be dealt to the target's lanes and banks: model.kgl among the files is then another blob than was given,
    /// with the same answers.
    public var isDealtAnew: Bool
    /// The blob on the target.
    public var die: DieReport

    public var text: String { files.joined(separator: "\n") }
  }

  /// Writes a blob's memory images for a target into a folder.
  ///
  /// `bank-NN.mem` for `$readmemh`, `bank-NN.hex` in Intel HEX, the same of `control` (what of the
  /// blob comes before its banks: for flash the banks follow it), `map.json`, `map.txt`, and
  /// `model.kgl`, the blob whose banks these are. A blob that is not placed for the target is dealt
  /// to lanes and packed anew.
  ///
  /// - Parameter options: how lanes are coded where they are dealt anew.
  /// - Returns: what the target holds of it; where it does not fit, nothing was written.
  public static func emit(
    blob path: String, on target: TargetProfile, to folder: String, options: CodingOptions
  ) throws(CompilerError) -> Written {
    var blob = try opening { () throws(IntakeError) in try BlobFile.open(path) }
    let isDealtAnew = !blob.model.isPlaced(on: target)
    if isDealtAnew {
      do { blob = try blob.dealtAnew(on: target, options: options) } catch { throw CompilerError.blob(error).naming(path) }
    }
    let report = try CompilerError.naming(path) { () throws(CompilerError) in
      try DieReport.of(blob, on: target)
    }
    let files = report.fits ? try write(blob, report, target, folder) : []
    return Written(files: files, isDealtAnew: isDealtAnew, die: report)
  }

  private static func write(
    _ blob: DecodedBlob, _ report: DieReport, _ target: TargetProfile, _ folder: String
  ) throws(CompilerError) -> [String] {
    let layout = BlobLayout(blob)
    let folder = folder.hasSuffix("/") ? String(folder.dropLast()) : folder
    try CFiles.makeFolder(folder.isEmpty ? "/" : folder)
    let map = BankMap(layout, report, target)
    let ranges = [0..<layout.controlBytes] + layout.banks.map(\.range)
    var files: [String] = []
    func put(_ name: String, _ text: String) throws(CompilerError) {
      try ReportFile.write(text: text, to: folder + "/" + name)
      files.append(folder + "/" + name)
    }
    for (memory, range) in zip([map.control] + map.banks, ranges) {
      let image = Array(blob.bytes[range])
      let comment = "\(memory.name) of \(target.name): \(image.count) bytes"
      try put(
        memory.name + ".mem",
        MemoryImage.readmemh(image, width: target.parameters.width, comment: comment))
      try put(memory.name + ".hex", MemoryImage.intelHex(image))
    }
    try ReportFile.write(map, to: folder + "/map.json")
    files.append(folder + "/map.json")
    try put("map.txt", map.text + "\n")
    try OutputFile.write(Data(blob.bytes), to: folder + "/model.kgl")
    return files + [folder + "/model.kgl"]
  }
}
