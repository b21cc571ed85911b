package dev.packtrain.jobs.launch;

import java.io.File;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** The command line of a training process: the same Java and the same classes as the task that starts it. */
public final class TrainerCommand {
    private static final String INITIAL_HEAP = "32m";
    private static final String YOUNG_HEAP = "16m";
    private static final List<String> HANDED_ON =
            List.of("-XX:TieredStopAtLevel=", "-XX:SharedArchiveFile=", "-Xlog:cds");

    private TrainerCommand() {}

    /**
     * Builds the process.
     *
     * @param child main class, heap and allocator
     * @param cpu what it may use of the host's cores
     * @param logDir where the JVM writes its report if native code crashes
     * @throws dev.packtrain.packing.BadInputException if this host lacks the allocator that was asked for
     */
    public static ProcessBuilder of(RankPlan.Child child, CpuShare cpu, Path logDir) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xmx" + child.heap());
        // Java makes little garbage and keeps less: a young generation as large as G1's would only be memory that
        // tensors want.
        command.add("-XX:+UseSerialGC");
        command.addAll(handedOn(ManagementFactory.getRuntimeMXBean().getInputArguments()));
        command.add("-Xms" + INITIAL_HEAP);
        command.add("-Xmn" + YOUNG_HEAP);
        command.add("-XX:+ExitOnOutOfMemoryError");
        command.add("-XX:ErrorFile=" + logDir.resolve("crash-%p.log"));
        // Arrow reads the address of direct buffers.
        command.add("--add-opens=java.base/java.nio=ALL-UNNAMED");
        command.add("-cp");
        command.add(String.join(File.pathSeparator, classPath()));
        command.add(child.mainClass());
        ProcessBuilder builder = new ProcessBuilder(command);
        Map<String, String> environment = builder.environment();
        cpu.tell(environment);
        // One thread allocates nearly all tensors. glibc would give it an arena in pieces of 64 MB, with holes at their
        // ends.
        environment.put("MALLOC_ARENA_MAX", "1");
        AllocatorLibrary.find(child.allocator()).preload(environment);
        // The same number of threads at every call: a sum's order, and so its last bits, depend on it.
        environment.put("MKL_DYNAMIC", "FALSE");
        return builder;
    }

    /**
     * How far this JVM was told to compile holds for its child too, and so does the archive of classes that it was given. By itself a child
     * optimises fully: that costs its start some seconds of a core, and is worth a few percent of a small model's steps later on. Java
     * takes the archive where the class path begins as the archive's, and does without it elsewhere.
     */
    static List<String> handedOn(List<String> jvmArguments) {
        return jvmArguments.stream()
                .filter(argument -> HANDED_ON.stream().anyMatch(argument::startsWith))
                .toList();
    }

    /**
     * Shows a process one GPU only, as its number 0.
     *
     * @param gpu an index in the order of the bus, as the driver's tools count, or a UUID
     */
    static void seeOnly(ProcessBuilder builder, String gpu) {
        builder.environment().put("CUDA_DEVICE_ORDER", "PCI_BUS_ID");
        builder.environment().put("CUDA_VISIBLE_DEVICES", gpu);
    }

    /** Jars that spark-submit or a notebook added, then this JVM's own class path. */
    private static Set<String> classPath() {
        Set<String> entries = new LinkedHashSet<>();
        addUrls(Thread.currentThread().getContextClassLoader(), entries);
        addUrls(TrainerCommand.class.getClassLoader(), entries);
        Pattern.compile(File.pathSeparator, Pattern.LITERAL)
                .splitAsStream(System.getProperty("java.class.path"))
                .filter(entry -> !entry.isEmpty())
                .forEach(entries::add);
        return entries;
    }

    private static void addUrls(ClassLoader start, Set<String> entries) {
        for (ClassLoader loader = start; loader != null; loader = loader.getParent()) {
            if (loader instanceof URLClassLoader urls) {
                for (URL url : urls.getURLs()) {
                    if (url.getProtocol().equals("file")) {
                        entries.add(Path.of(uri(url)).toString());
                    }
                }
            }
        }
    }

    private static URI uri(URL url) {
        try {
            return url.toURI();
        } catch (URISyntaxException unescaped) {
            return new File(url.getPath()).toURI();
        }
    }
}
