package dev.packtrain.jobs.cli;

/** The version in the jar's manifest. */
final class Version {
    private Version() {}

    static String line() {
        String version = Version.class.getPackage().getImplementationVersion();
        return "packtrain " + (version == null ? "(built from source)" : version);
    }
}
