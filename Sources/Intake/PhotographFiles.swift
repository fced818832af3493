// From paths to photographs, what is known to be in them, and the names of classes.

import Datasets
import Foundation

package enum PhotographFiles {
  /// The photographs that a path names, by their paths: a folder's, in the order of their names, or one.
  package static func paths(_ path: String) throws(IntakeError) -> [String] {
    guard isFolder(path) else { return [path] }
    do throws(DatasetError) { return try SampleFolder.images(in: path) } catch { throw .data(error) }
  }

  package static func load(_ path: String) throws(IntakeError) -> Photograph {
    do throws(DatasetError) { return try Photograph.load(path) } catch {
      throw IntakeError.data(error).orWrong(path, is: .data).naming(path)
    }
  }

  /// - Parameter count: how many classes there are.
  package static func classNames(_ path: String, count: Int) throws(IntakeError) -> [String] {
    do throws(DatasetError) { return try ClassNames.load(path, count: count) } catch { throw .data(error) }
  }

  /// Of each photograph the objects that labels tell of, none where it has no text; nil where no labels are
  /// named, and none lie beside the photographs.
  ///
  /// - Parameters:
  ///   - options: a folder of photographs, or one; and a folder of labels.
  ///   - paths: of the photographs.
  ///   - classes: how many there are.
  package static func labels(_ options: DataOptions, _ paths: [String], classes: Int)
    throws(IntakeError) -> (boxes: [[LabelledBox]], notes: [String])?
  {
    let beside = isFolder(options.path)
      ? options.path : URL(fileURLWithPath: options.path).deletingLastPathComponent().path
    let folder = options.labels ?? beside
    guard options.labels != nil || BoxLabels.areIn(folder, for: paths) else { return nil }
    let boxes: [[LabelledBox]?]
    do throws(DatasetError) { boxes = try BoxLabels.load(folder, for: paths) } catch { throw .data(error) }
    for (path, own) in zip(paths, boxes) {
      guard let bad = own?.first(where: { $0.classNumber >= classes }) else { continue }
      throw .unfit(
        reason: "\(folder): the labels of \(path) name class \(bad.classNumber), and the network has \(classes) classes, "
          + "0 to \(classes - 1)")
    }
    let missing = boxes.count { $0 == nil }
    let note = "\(folder): \(missing) of \(paths.count) photographs have no labels, and so no objects"
    return (boxes.map { $0 ?? [] }, missing == 0 ? [] : [note])
  }

  private static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }
}
