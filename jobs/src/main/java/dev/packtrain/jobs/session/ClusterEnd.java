package dev.packtrain.jobs.session;

/** An application that the cluster ended: how Spark says it, and how Packtrain does. */
public final class ClusterEnd {
    /** What happened. */
    public static final String WHAT =
            "the cluster ended this application, as it does when executors do not start or die again and again";

    /** What to do. */
    public static final String REMEDY =
            "look at the workers' logs and at stderr of the executors in their work folders";

    private ClusterEnd() {}

    /** Whether Spark's words say that it was ended. */
    public static boolean isSaid(String text) {
        return text.contains("Master removed our application");
    }

    /** Whether they are those for who comes after that, or after the session was stopped for another reason. */
    public static boolean isOver(String text) {
        return text.contains("stopped SparkContext");
    }
}
