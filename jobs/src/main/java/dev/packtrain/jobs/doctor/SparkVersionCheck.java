package dev.packtrain.jobs.doctor;

import java.util.regex.Pattern;

/** The Spark version. */
final class SparkVersionCheck implements Check {
    private static final Pattern VERSION = Pattern.compile("4\\.1\\..*");

    private final String version;

    SparkVersionCheck(String version) {
        this.version = version;
    }

    @Override
    public String what() {
        return "Spark version";
    }

    @Override
    public Finding run() {
        String found = "%s with Scala %s".formatted(version, scala.util.Properties.versionNumberString());
        return VERSION.matcher(version).matches()
                ? Finding.ok(found)
                : Finding.warn(
                        found + "; Packtrain is built for 4.1 and has run on no other",
                        "set SPARK_HOME to a Spark 4.1, or leave it out");
    }
}
