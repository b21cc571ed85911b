package dev.packtrain.jobs.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.deploy.master.Master;
import org.apache.spark.deploy.worker.Worker;

/** A standalone master and two workers of one core and one pretended GPU each, on 127.0.0.1. */
public final class StandaloneCluster implements AutoCloseable {
    /** What the discovery scripts of the workers say: no such device is touched. */
    public static final List<String> GPUS = List.of("4", "GPU-7");

    private static final int NUM_WORKERS = 2;

    private final int port;
    private final List<JavaProcess> processes = new ArrayList<>();
    private final List<JavaProcess> workers = new ArrayList<>();

    private StandaloneCluster(int port) {
        this.port = port;
    }

    /** Starts it; logs and work folders go to {@code dir}. Returns when both workers are registered. */
    public static StandaloneCluster start(Distribution distribution, Path dir) throws Exception {
        int webPort = freePort();
        StandaloneCluster cluster = new StandaloneCluster(freePort());
        try {
            cluster.startProcesses(distribution, dir, webPort);
            Eventually.holds(
                    () -> aliveWorkers(webPort) == NUM_WORKERS,
                    () -> cluster.processes.stream().map(JavaProcess::output).collect(Collectors.joining("\n")));
            return cluster;
        } catch (Exception | AssertionError failed) {
            cluster.close();
            throw failed;
        }
    }

    /** A script as nvidia-smi's callers write it. */
    private static Path discovery(Path dir, String address) throws IOException {
        Path script = dir.resolve("gpus-" + address + ".sh");
        Files.writeString(
                script, "#!/bin/sh\necho '{\"name\": \"gpu\", \"addresses\": [\"%s\"]}'\n".formatted(address));
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        return script;
    }

    private void startProcesses(Distribution distribution, Path dir, int webPort) throws IOException {
        List<String> master = distribution.javaWithSpark("512m");
        master.addAll(List.of(
                Master.class.getName(), "--host", "127.0.0.1", "--port", "" + port, "--webui-port", "" + webPort));
        processes.add(JavaProcess.start(distribution, master, dir.resolve("master.log")));
        for (int each = 0; each < NUM_WORKERS; each++) {
            List<String> worker = distribution.javaWithSpark("512m");
            worker.add("-Dspark.worker.resource.gpu.amount=1");
            worker.add("-Dspark.worker.resource.gpu.discoveryScript=" + discovery(dir, GPUS.get(each)));
            worker.addAll(List.of(Worker.class.getName(), "--host", "127.0.0.1", "--port", "0", "--webui-port", "0"));
            worker.addAll(List.of("--cores", "1", "--memory", "1200m"));
            worker.addAll(List.of("--work-dir", dir.resolve("work-" + each).toString(), "spark://127.0.0.1:" + port));
            workers.add(JavaProcess.start(distribution, worker, dir.resolve("worker-" + each + ".log")));
        }
        processes.addAll(workers);
    }

    /** For {@code --master}. */
    public String url() {
        return "spark://127.0.0.1:" + port;
    }

    /** The executors of both workers that run now. */
    public List<ProcessHandle> executors() {
        return workers.stream()
                .flatMap(worker -> worker.handle().children())
                .filter(ProcessHandle::isAlive)
                .toList();
    }

    /** Ends the second worker at once, and its executors with it. */
    public void killWorker() {
        workers.get(1).close();
    }

    @Override
    public void close() {
        // Workers first: a master that is gone makes them talk a lot.
        for (int each = processes.size() - 1; each >= 0; each--) {
            processes.get(each).close();
        }
    }

    private static int aliveWorkers(int webPort) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + webPort + "/json/"))
                .build();
        try {
            String json = HttpClient.newHttpClient()
                    .send(request, HttpResponse.BodyHandlers.ofString())
                    .body();
            String workers = json.replaceAll("(?s).*\"aliveworkers\"\\s*:\\s*([0-9]+).*", "$1");
            return workers.equals(json) ? 0 : Integer.parseInt(workers);
        } catch (IOException notUpYet) {
            return 0;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return 0;
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
