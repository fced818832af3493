import Blob
import Compiler
import Edge
import Emission
import Files
import Foundation
import Intake
import Verification

/// A blob as C, in a folder.
public enum CFiles {
  /// Writes model.h, model.c, model_config.h and main.c; of a detector also heads.h and heads.c; where samples are given also samples.h, samples.c and
  /// expected.txt, what the C runtime answers to them on the host.
  ///
  /// - Returns: the files written.
  public static func emit(blob path: String, to folder: String, samples: DataOptions?, count: Int)
    throws(CompilerError) -> [String]
  {
    let blob = try opening { () throws(IntakeError) in try BlobFile.open(path) }
    let texts = try CompilerError.naming(path) { () throws(CompilerError) in
      let runtime = try verifying { () throws(VerificationError) in try EdgeRuntime.opened(blob.bytes) }
      let given = try samples.map { samples throws(CompilerError) in
        let given = try opening { () throws(IntakeError) in
          try SampleSource.load(samples, for: blob.model, count: count)
        }
        return try verifying { () throws(VerificationError) in try sampleTexts(given, blob.bytes) }
      }
      do throws(BlobError) { return try CSource.files(blob, runtime, samples: given) } catch { throw .blob(error) }
    }
    try makeFolder(folder)
    var written: [String] = []
    for (name, text) in texts {
      let file = folder.hasSuffix("/") ? folder + name : folder + "/" + name
      try OutputFile.write(Data(text.utf8), to: file)
      written.append(file)
    }
    return written
  }

  static func makeFolder(_ folder: String) throws(CompilerError) {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw .cannotWrite(path: folder, reason: "the folder cannot be made")
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
}
