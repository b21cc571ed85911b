package dev.packtrain.jobs.doctor;

/** The Java version. */
final class JavaCheck implements Check {
    private static final int WANTED = 17;

    private final int feature;

    /** Of a Java of this feature release, such as 17. */
    JavaCheck(int feature) {
        this.feature = feature;
    }

    @Override
    public String what() {
        return "Java";
    }

    @Override
    public Finding run() {
        String found =
                "%d (%s, %s)".formatted(feature, System.getProperty("java.version"), System.getProperty("java.vendor"));
        return feature >= WANTED
                ? Finding.ok(found)
                : Finding.fail(found + "; wanted %d or newer".formatted(WANTED), "set JAVA_HOME to a JDK " + WANTED);
    }
}
