package dev.packtrain.kernels;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * Loads the kernels' shared library from the class path, once a process (more exactly: once a class loader).
 *
 * <p>The library is checked against the SHA-256 recorded when it was built, written into a new directory that only this
 * user can enter, loaded, and deleted at once: the mapping stays valid, and nothing is left behind, however the process
 * ends.
 */
public final class NativeLibrary {
    private static final String FILE_NAME = "libpacktrain_kernels.so";

    private NativeLibrary() {}

    /** What the one attempt to load left behind: nothing, or why it failed. */
    private static final class Attempt {
        static final Optional<KernelUnavailableException> FAILURE = tryToLoad();
    }

    /**
     * Makes sure that the library is loaded.
     *
     * @throws KernelUnavailableException if it cannot be, with the reason; each call says the same
     */
    public static void require() {
        Attempt.FAILURE.ifPresent(failure -> {
            throw new KernelUnavailableException(failure.getMessage(), failure);
        });
    }

    private static Optional<KernelUnavailableException> tryToLoad() {
        try {
            String platform = platform();
            byte[] library = KernelResource.read(platform, FILE_NAME)
                    .orElseThrow(() -> new KernelUnavailableException("The class path lacks dev/packtrain/kernels/"
                            + platform + "/" + FILE_NAME + "; build Packtrain with 'mvn package', which compiles it."));
            load(library, Path.of(System.getProperty("java.io.tmpdir")));
            return Optional.empty();
        } catch (KernelUnavailableException e) {
            return Optional.of(e);
        }
    }

    /**
     * The folder of this machine's kernels on the class path.
     *
     * @throws KernelUnavailableException if there are none for it
     */
    static String platform() {
        return platform(System.getProperty("os.name"), System.getProperty("os.arch"));
    }

    static String platform(String osName, String osArch) {
        boolean linux = osName.toLowerCase(Locale.ROOT).startsWith("linux");
        boolean x86 = osArch.equals("amd64") || osArch.equals("x86_64");
        if (linux && x86) {
            return "linux-x86_64";
        }
        throw new KernelUnavailableException("Packtrain's kernels are built for linux-x86_64 and this JVM runs on "
                + osName + " " + osArch + "; run it on a 64-bit Intel or AMD Linux machine.");
    }

    static void load(byte[] library, Path temporaryDirectory) {
        try {
            // Created with mode 0700: nobody else can put another file in place between writing and loading.
            Path directory = Files.createTempDirectory(temporaryDirectory, "packtrain-kernels-");
            Path file = directory.resolve(FILE_NAME);
            try {
                Files.write(file, library);
                System.load(file.toAbsolutePath().toString());
            } finally {
                Files.deleteIfExists(file);
                Files.delete(directory);
            }
        } catch (IOException | UnsatisfiedLinkError e) {
            throw new KernelUnavailableException(
                    "Packtrain's kernels cannot be loaded from the temporary directory " + temporaryDirectory + " ("
                            + e.getMessage() + "); it must be writable, have 1 MB free and allow execution,"
                            + " so set -Djava.io.tmpdir to a directory that does.",
                    e);
        }
    }
}
