"""Builds the C runtime as a shared library that ctypes loads: one wheel for every Python of a platform."""

import copy
import shutil
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_ext import build_ext
from setuptools.command.sdist import sdist

HERE = Path(__file__).resolve().parent
# In a source archive the runtime lies beside this file, in the repository around it.
RUNTIME = next(folder for folder in (HERE / "runtime", HERE.parent) if (folder / "include").is_dir())


class BuildLibrary(build_ext):
    """A library without a Python module in it: nothing of Python is compiled in or exported."""

    def get_export_symbols(self, ext):
        return ext.export_symbols

    def get_ext_filename(self, fullname):
        return fullname.replace(".", "/") + ".so"

    def build_extension(self, ext):
        whole = copy.copy(ext)  # the list of this package's own files stays as it is
        whole.sources = ext.sources + [str(path) for path in sorted((RUNTIME / "src").glob("*.c"))]
        super().build_extension(whole)


class PlatformWheel(bdist_wheel):
    """A wheel that depends on the platform, and not on the Python."""

    def finalize_options(self):
        super().finalize_options()
        self.root_is_pure = False

    def get_tag(self):
        return "py3", "none", super().get_tag()[2]


class SourceArchive(sdist):
    """Takes the runtime along."""

    def make_release_tree(self, base_dir, files):
        super().make_release_tree(base_dir, files)
        for folder in ("include", "src"):
            shutil.copytree(RUNTIME / folder, Path(base_dir) / "runtime" / folder, dirs_exist_ok=True)


setup(
    ext_modules=[
        Extension(
            "kinglet._runtime",
            sources=["library.c"],
            include_dirs=[str(RUNTIME / "include"), str(RUNTIME / "src")],
            define_macros=[("KGL_OBSERVE", "1"), ("KGL_SELF_TEST", "1")],
            extra_compile_args=["-std=c99", "-O2", "-fvisibility=default"],
            libraries=["m"],
        )
    ],
    cmdclass={"build_ext": BuildLibrary, "bdist_wheel": PlatformWheel, "sdist": SourceArchive},
)
