#!/usr/bin/env bash
# Makes a folder that runs Packtrain, and all that only a GPU can show of it, on a GPU machine without a JDK and without a registry:
# copy it over, then 'bash run.sh doctor' and 'bash check.sh RESULTS_DIR'.
# Usage: docs/benchmarks/gpu_bundle.sh OUTPUT_DIR     (after 'mvn -Pgpu -DskipTests package' where nvcc is on the PATH)
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
dist=${DIST:-$root/jobs/target/dist}
out=${1:?"give the folder to make, such as /tmp/packtrain-gpu"}
java_home=${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")}

die() {
    echo "gpu_bundle: $1" >&2
    exit 2
}
shopt -s nullglob
gpu_jars=("$dist"/lib/pytorch-*-linux-x86_64-gpu.jar)
[[ ${#gpu_jars[@]} == 1 ]] || die "$dist/lib has ${#gpu_jars[@]} jars of libtorch's CUDA build and 1 is wanted; run 'mvn -Pgpu -DskipTests clean package' first."
[[ -x $java_home/bin/jlink ]] || die "$java_home/bin/jlink was not found; point JAVA_HOME at a full JDK 17."
[[ ! -e $out ]] || die "$out is there already; give a new folder."
for tool in unzip xz split; do
    command -v "$tool" >/dev/null || die "'$tool' was not found; install it."
done

mkdir -p "$out/lib" "$out/spark/jars" "$out/native" "$out/tests" "$out/bin"
"$java_home/bin/jlink" --output "$out/jre" --strip-debug --compress=2 --no-header-files --no-man-pages --add-modules \
    java.base,java.compiler,java.desktop,java.instrument,java.logging,java.management,java.naming,java.net.http,java.prefs,java.rmi,java.scripting,java.security.jgss,java.security.sasl,java.sql,java.xml,jdk.unsupported,jdk.crypto.ec,jdk.management,jdk.security.auth,jdk.zipfs
cp -L "$dist"/lib/*.jar "$root"/jobs/target/jobs-*.jar "$out/lib/"
cp -L "$dist"/spark/jars/*.jar "$out/spark/jars/"
cp -RL "$root/conf" "$out/conf"

# The tests, with what runs them: JUnit's console, and the assertions' two jars.
for module in packing native training; do
    [[ -d $root/$module/target/test-classes ]] || die "$root/$module/target/test-classes is missing; run 'mvn -Pgpu -DskipTests package' first."
    "$java_home/bin/jar" --create --file "$out/tests/$module-tests.jar" -C "$root/$module/target/test-classes" .
done
version() { sed -n "s:.*<$1.version>\(.*\)</$1.version>.*:\1:p" "$root/pom.xml"; }
console=1.$(version junit | cut -d. -f2-)
for artifact in "org.junit.platform:junit-platform-console-standalone:$console" "org.assertj:assertj-core:$(version assertj)" \
    net.bytebuddy:byte-buddy:1.17.7; do
    (cd "$root" && mvn -B -q -N dependency:copy "-Dartifact=$artifact" "-DoutputDirectory=$out/tests")
done

# The kernels without Java, compiled here where nvcc is, and what they are measured beside.
if command -v nvcc >/dev/null; then
    bash "$root/native/src/test/sh/gpu-kernels.sh" "$out/bin"
fi
cp "$root/docs/benchmarks/peer_flash_attention.py" "$out/bin/"
cp "$root/docs/benchmarks/gpu_check.sh" "$out/check.sh"

# libtorch's CUDA libraries travel outside of their jar, compressed harder and in pieces of 55 MB.
unzip -q -j "${gpu_jars[0]}" '*.so*' -d "$out/native"
rm "$out/lib/$(basename "${gpu_jars[0]}")"
(cd "$out/native" && tar -cf - ./*.so* | xz -T0 -6 | split -b 55M - libtorch.tar.xz.)
rm "$out"/native/*.so*

cat >"$out/run.sh" <<'RUN'
#!/usr/bin/env bash
# Starts packtrain with the CUDA libraries of this machine. CUDA_LIBS: folders with CUDA 13, cuDNN 9, NCCL 2, cuSPARSELt and NVSHMEM, joined by
# colons; by default those in the nvidia-* wheels of the python3 on the PATH. BUNDLE_DIR: where to unpack (default: this folder).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
unpacked=${BUNDLE_DIR:-$here}/unpacked
if [[ ! -f $unpacked/.complete ]]; then
    mkdir -p "$unpacked"
    cat "$here"/native/libtorch.tar.xz.* | xz -d -T0 | tar -xf - -C "$unpacked"
    touch "$unpacked/.complete"
fi
if [[ -z ${CUDA_LIBS:-} ]]; then
    wheels=$(python3 -c 'import nvidia; print(list(nvidia.__path__)[0])' 2>/dev/null) ||
        { echo "run.sh: python3 has no nvidia-* wheels; set CUDA_LIBS to the folders of CUDA 13, cuDNN 9 and NCCL 2." >&2; exit 2; }
    CUDA_LIBS=$wheels/cu13/lib:$wheels/cudnn/lib:$wheels/nccl/lib:$wheels/cusparselt/lib:$wheels/nvshmem/lib
fi
export LD_LIBRARY_PATH=$unpacked:$CUDA_LIBS${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
opens=()
for package in java.lang java.lang.invoke java.lang.reflect java.io java.net java.nio java.util java.util.concurrent \
    java.util.concurrent.atomic jdk.internal.ref sun.nio.ch sun.nio.cs sun.security.action sun.util.calendar; do
    opens+=("--add-opens=java.base/$package=ALL-UNNAMED")
done
classes=$here/lib/*:$here/spark/jars/*
main=dev.packtrain.jobs.Packtrain
if [[ -n ${PACKTRAIN_TESTS:-} ]]; then # the arguments are those of JUnit's console
    classes=$here/tests/*:$classes
    main=org.junit.platform.console.ConsoleLauncher
fi
exec "$here/jre/bin/java" "${opens[@]}" "-Xmx${PACKTRAIN_DRIVER_MEMORY:-2g}" "-Dpacktrain.home=$here" \
    -Dorg.bytedeco.javacpp.pathsFirst=true "-Djava.library.path=$unpacked" "-Dio.netty.tryReflectionSetAccessible=true" \
    -cp "$classes" "$main" "$@"
RUN
chmod +x "$out/run.sh"
du -sh "$out"
