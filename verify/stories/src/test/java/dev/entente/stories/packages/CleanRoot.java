package dev.entente.stories.packages;

import static org.awaitility.Awaitility.await;

import dev.entente.rig.ChildProcess;
import dev.entente.rig.Ended;
import dev.entente.rig.Readiness;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * This machine's file system without Java, Maven, the checkout and the home folders, in its own mount namespace.
 * Changes are discarded, except in {@code /opt}. Processes share this machine's network. Requires root.
 */
final class CleanRoot implements AutoCloseable {
    /** The arguments: a folder for the mounts, the folder to mount at /opt, and the folders to hide. */
    private static final String MOUNT = """
        mount -t tmpfs tmpfs "$1"
        mkdir "$1/upper" "$1/work" "$1/root"
        mount -t overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" overlay "$1/root"
        cd "$1/root"
        mount --bind "$2" opt
        mount -t proc proc proc
        shift 2
        chroot . sh -eu -c '
          for hidden; do
            [ ! -d "$hidden" ] || mount -t tmpfs tmpfs "$hidden"
          done
          for program in java mvn; do
            while found=$(command -v $program); do rm "$found"; done
          done' sh "$@"
        """;

    private static final String WAIT = """
        mount --rbind /dev dev
        echo ready
        exec chroot . sleep infinity
        """;

    /** Places the process in a new control group, prints the group's folder and becomes the first of its processes. */
    private static final String ISOLATE = """
        cgroup=$(findmnt -nfo TARGET -t cgroup2)/entente-clean-root-$$
        mkdir "$cgroup"
        echo $$ >"$cgroup/cgroup.procs"
        echo "$cgroup"
        exec unshare --mount --pid --cgroup --ipc --uts --fork --kill-child sh -eu -c "$@"
        """;

    /**
     * Runs systemd without the services that this machine has enabled. The services could change this machine's
     * network, and a sysctl or a kernel module would affect all of this machine.
     */
    private static final String BOOT = """
        mount -t tmpfs -o mode=755 tmpfs dev
        for node in null zero full random urandom tty; do
          touch dev/$node
          mount --bind /dev/$node dev/$node
        done
        mkdir dev/pts dev/shm
        mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
        ln -s pts/ptmx dev/ptmx
        ln -s /proc/self/fd dev/fd
        mount -t sysfs -o ro sysfs sys
        mount -t cgroup2 cgroup2 sys/fs/cgroup
        mount --bind proc/sys proc/sys
        mount -o remount,bind,ro proc/sys
        rm -rf etc/systemd/system/*.wants usr/sbin/policy-rc.d
        : >etc/fstab
        echo 0123456789abcdef0123456789abcdef >etc/machine-id
        mkdir -p mnt/old
        pivot_root . mnt/old
        umount -l /mnt/old
        exec setpriv --bounding-set=-sys_module,-sys_time env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin \\
          /lib/systemd/systemd --unit=sysinit.target
        """;

    private final ChildProcess holder;
    private final List<String> enter;
    private final String cgroup;

    private CleanRoot(ChildProcess holder, List<String> enter, String cgroup) {
        this.holder = holder;
        this.enter = enter;
        this.cgroup = cgroup;
    }

    /**
     * Blocks until the file system is mounted.
     *
     * @param opt the folder that is {@code /opt} there
     * @param folder for the mounts and a log
     */
    static CleanRoot open(Path opt, Path folder) throws IOException, InterruptedException {
        ChildProcess holder = start(List.of("unshare", "--mount", "sh", "-eu", "-c", MOUNT + WAIT), opt, folder);
        holder.awaitFirstLine(Readiness.limit());
        return new CleanRoot(holder, enter(holder.pid()), "");
    }

    /** Boots systemd there, with its own processes. Blocks until systemd is ready. */
    static CleanRoot boot(Path opt, Path folder) throws IOException, InterruptedException {
        ChildProcess holder = start(List.of("sh", "-eu", "-c", ISOLATE, "sh", MOUNT + BOOT), opt, folder);
        String cgroup = holder.awaitFirstLine(Readiness.limit());
        await().until(() -> init(holder).isPresent());
        List<String> enter = new ArrayList<>(enter(init(holder).orElseThrow().pid()));
        enter.addAll(List.of("--pid", "--ipc", "--uts"));
        CleanRoot root = new CleanRoot(holder, enter, cgroup);
        await().until(() -> root.run("systemctl", "is-system-running").out().matches("(running|degraded)\n"));
        return root;
    }

    private static ChildProcess start(List<String> start, Path opt, Path folder) throws IOException {
        List<String> command = new ArrayList<>(start);
        command.addAll(List.of(
                "sh",
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
        return ChildProcess.start("clean-root", command, Map.of(), folder.resolve("clean-root.log"));
    }

    private static List<String> enter(long pid) {
        return List.of("nsenter", "--target", Long.toString(pid), "--mount", "--root", "--wd");
    }

    /** Returns the first process of the namespace. */
    private static Optional<ProcessHandle> init(ChildProcess holder) {
        return ProcessHandle.of(holder.pid())
                .flatMap(process -> process.children().findFirst());
    }

    /**
     * Returns the command that runs these words there, without environment variables. The process id is its own, except
     * under systemd.
     */
    List<String> command(String... words) {
        List<String> command = new ArrayList<>(enter);
        command.addAll(List.of("env", "-i"));
        command.addAll(List.of(words));
        return command;
    }

    /** Runs a command until it ends. Blocks. */
    Ended run(String... words) throws IOException {
        return Ended.run(command(words));
    }

    /** Ends all processes under systemd, or only the process that holds the mounts. */
    @Override
    public void close() throws IOException {
        Optional<ProcessHandle> init = init(holder);
        holder.kill();
        if (!cgroup.isEmpty()) {
            init.ifPresent(process -> process.onExit().join());
            Ended.run(List.of("find", cgroup, "-type", "d", "-delete"));
        }
    }
}
