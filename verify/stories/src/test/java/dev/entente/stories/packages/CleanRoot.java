package dev.entente.stories.packages;

import dev.entente.rig.ChildProcess;
import dev.entente.rig.Ended;
import dev.entente.rig.Readiness;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * This machine's file system without Java, Maven, the checkout and the home folders, in its own mount namespace.
 * Changes are discarded, except in {@code /opt}. Processes share this machine's network. Requires root.
 */
final class CleanRoot implements AutoCloseable {
    /** The arguments: a folder for the mounts, the folder to mount at /opt, and the folders to hide. */
    private static final String SCRIPT = """
        mount -t tmpfs tmpfs "$1"
        mkdir "$1/upper" "$1/work" "$1/root"
        mount -t overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" overlay "$1/root"
        cd "$1/root"
        mount --bind "$2" opt
        mount -t proc proc proc
        mount --rbind /dev dev
        shift 2
        exec chroot . sh -eu -c '
          for hidden; do
            [ ! -d "$hidden" ] || mount -t tmpfs tmpfs "$hidden"
          done
          for program in java mvn; do
            while found=$(command -v $program); do rm "$found"; done
          done
          echo ready
          exec sleep infinity' sh "$@"
        """;

    private final ChildProcess holder;

    private CleanRoot(ChildProcess holder) {
        this.holder = holder;
    }

    /**
     * Blocks until the file system is mounted.
     *
     * @param opt the folder that is {@code /opt} there
     * @param folder for the mounts and a log
     */
    static CleanRoot open(Path opt, Path folder) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("unshare", "--mount", "sh", "-eu", "-c", SCRIPT, "sh"));
        command.addAll(List.of(
                Files.createDirectory(folder.resolve("mounts")).toString(),
                opt.toString(),
                "/tmp",
                "/root",
                "/home",
                "/usr/lib/jvm",
                System.getProperty("java.home"),
                System.getProperty("user.home"),
                System.getProperty("entente.home"),
                System.getProperty("entente.repository")));
        ChildProcess holder = ChildProcess.start("clean-root", command, Map.of(), folder.resolve("clean-root.log"));
        holder.awaitFirstLine(Readiness.limit());
        return new CleanRoot(holder);
    }

    /** Returns the command that runs these words there, without environment variables. The process id is its own. */
    List<String> command(String... words) {
        List<String> command = new ArrayList<>(List.of("nsenter", "--target", Long.toString(holder.pid())));
        command.addAll(List.of("--mount", "--root", "--wd", "env", "-i"));
        command.addAll(List.of(words));
        return command;
    }

    /** Runs a command until it ends. Blocks. */
    Ended run(String... words) throws IOException {
        return Ended.run(command(words));
    }

    @Override
    public void close() {
        holder.kill();
    }
}
