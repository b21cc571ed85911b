package dev.packtrain.jobs.session;

import dev.packtrain.packing.BadInputException;
import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/** Builds sessions. Under spark-submit the submitted settings win; otherwise Spark runs inside this process. */
public final class SparkSessions {
    private static final String MASTER = "spark.master";

    private SparkSessions() {}

    /** Whether spark-submit started this program. */
    public static boolean submitted() {
        // Not through SparkConf: it starts Spark's logging, which is not set up yet.
        return System.getProperty(MASTER) != null;
    }

    /**
     * Opens a session.
     *
     * @param name of the application
     * @param master a Spark master; null: what spark-submit says, else {@code local[n]}
     * @param numProcesses training processes that must fit at once; 0 if none
     * @throws BadInputException if {@code master} contradicts spark-submit, does not answer, or is none that this Spark takes; if a
     *     setting is wrong; if none of Spark's local directories can be written; or if a session on another master is open in this process
     */
    public static SparkSession open(String name, String master, int numProcesses) {
        SparkConf conf = new SparkConf();
        if (conf.contains(MASTER)) {
            if (master != null && !master.equals(conf.get(MASTER))) {
                throw new BadInputException("--master is %s, but spark-submit runs this on %s; leave one of them out"
                        .formatted(master, conf.get(MASTER)));
            }
        } else if (master == null) {
            conf.setMaster("local[%d]".formatted(Math.max(numProcesses, cores())));
        } else {
            MasterUrl.unreachable(master).ifPresent(reason -> {
                throw new BadInputException(
                        "--master: %s; start that Spark, or leave --master out to run inside this process"
                                .formatted(reason));
            });
            conf.setMaster(master);
            if (!master.startsWith("local")) {
                conf.setIfMissing("spark.jars", String.join(",", ownJars()));
            }
        }
        conf.setIfMissing("spark.app.name", name);
        // Progress travels with heartbeats.
        conf.setIfMissing("spark.executor.heartbeatInterval", "1s");
        conf.setIfMissing("spark.ui.showConsoleProgress", "false");
        // A bound on the sum of all results of a stage; each is added up and forgotten, however many there are.
        conf.setIfMissing("spark.driver.maxResultSize", "0");
        if (conf.get(MASTER).startsWith("local")) {
            insideThisProcess(conf);
        }
        LocalDirs.requireOne(conf);
        return started(conf, master);
    }

    private static SparkSession started(SparkConf conf, String master) {
        try {
            SparkSession session = SparkSession.builder().config(conf).getOrCreate();
            String running = session.sparkContext().master();
            if (!running.equals(conf.get(MASTER))) {
                // There is one context a process, which a notebook may have opened in an earlier cell.
                throw new BadInputException(
                        "a Spark session on %s is open already, and %s is wanted; stop it first: spark.stop()"
                                .formatted(running, conf.get(MASTER)));
            }
            return session;
        } catch (IllegalArgumentException refused) {
            throw new BadInputException(
                    "Spark does not start with the settings that it was given (%s); change the one that this names"
                            .formatted(firstLine(refused)),
                    refused);
        } catch (RuntimeException failure) {
            throw failure;
        } catch (Exception refused) {
            // Scala declares no SparkException, which is what Spark throws at settings that it does not take.
            throw new BadInputException(
                    "Spark does not start on %s (%s); change the setting that this names, or give local[N], spark://HOST:PORT, or, with SPARK_HOME naming an installed Spark, yarn or k8s://URL"
                            .formatted(master == null ? conf.get(MASTER) : "--master " + master, firstLine(refused)),
                    refused);
        }
    }

    private static String firstLine(Exception refused) {
        return String.valueOf(refused.getMessage()).lines().findFirst().orElse("no message");
    }

    /** Nothing listens where another machine could reach it. */
    private static void insideThisProcess(SparkConf conf) {
        conf.setIfMissing("spark.driver.host", "127.0.0.1");
        conf.setIfMissing("spark.driver.bindAddress", "127.0.0.1");
        conf.setIfMissing("spark.ui.enabled", "false");
        // A task whose heap runs out fails, and its job with it; Spark would end the process, perhaps a notebook's.
        conf.setIfMissing("spark.executor.killOnFatalError.depth", "0");
    }

    private static int cores() {
        return Runtime.getRuntime().availableProcessors();
    }

    /** What executors need beside Spark: the jars of this program's class path that are not in Spark's own folder. */
    static List<String> ownJars() {
        Path sparkJars = folderOf(SparkSession.class);
        return Pattern.compile(File.pathSeparator, Pattern.LITERAL)
                .splitAsStream(System.getProperty("java.class.path"))
                .filter(entry -> entry.endsWith(".jar"))
                .map(entry -> Path.of(entry).toAbsolutePath().normalize())
                .filter(jar -> !jar.getParent().equals(sparkJars))
                .map(jar -> jar.toUri().toString())
                .collect(Collectors.toList());
    }

    private static Path folderOf(Class<?> type) {
        String location =
                type.getProtectionDomain().getCodeSource().getLocation().getPath();
        return new File(location).toPath().toAbsolutePath().normalize().getParent();
    }
}
