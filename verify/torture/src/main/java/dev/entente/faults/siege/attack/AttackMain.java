package dev.entente.faults.siege.attack;

import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Makes one attack for so long, and prints one line of JSON: {@code {tries, broke:[]}}. */
@Command(name = "attack", description = "Makes one attack of the siege.")
public final class AttackMain implements Callable<Integer> {
    @Option(names = "--attack", required = true)
    private String name = "";

    @Option(names = "--seconds", required = true)
    private int seconds;

    @Option(names = "--front", required = true, description = "What is attacked, as JSON.")
    private String front = "";

    @Option(names = "--until-pid", required = true, description = "Ends when this process has ended.")
    private long untilPid;

    AttackMain() {}

    /** Runs the command line on {@code args} and ends the process with its exit code. */
    public static void main(String[] args) {
        System.setProperty("logback.configurationFile", "participant-logback.xml");
        System.exit(new CommandLine(new AttackMain()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        Attack attack = Attack.named(name).orElseThrow();
        Thread.ofVirtual().start(() -> {
            ProcessHandle.of(untilPid).ifPresent(alive -> alive.onExit().join());
            System.exit(0);
        });
        Raid raid = new Raid(System.nanoTime() + Duration.ofSeconds(seconds).toNanos());
        attack.way().go(Front.parse(front), raid);
        System.out.println(raid.toJson());
        return 0;
    }
}
