package dev.packtrain.jobs.doctor;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The Spark version. */
final class SparkVersionCheck implements Check {
    private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+).*");
    private static final int MAJOR = 3;
    private static final int MINOR = 5;

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
        Matcher matcher = VERSION.matcher(version);
        String found = "%s with Scala %s".formatted(version, scala.util.Properties.versionNumberString());
        boolean known =
                matcher.matches() && isKnown(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
        return known
                ? Finding.ok(found)
                : Finding.warn(
                        found + "; Packtrain is built for 4.1 and was run on 3.5 to 4.2",
                        "set SPARK_HOME to a Spark 4.1, or leave it out");
    }

    private static boolean isKnown(int major, int minor) {
        return major > MAJOR || (major == MAJOR && minor >= MINOR);
    }
}
