package dev.entente.rig;

import dev.entente.demo.ShopService;

/**
 * A process beside the coordinator that is killed, too.
 *
 * @param name for people: "participant points", "relay"
 * @param kill kill -9, at a moment that hurts: may wait for one
 * @param restart blocks until it is ready again
 */
public record Victim(String name, Act kill, Act restart) {
    /** Something done to a process. */
    public interface Act {
        void run() throws Exception;
    }

    /** The process that serves {@code service}. */
    public static Victim participant(Shop shop, ShopService service) {
        return new Victim("participant " + service.label(), () -> shop.kill(service), () -> shop.restart(service));
    }

    /** That process. */
    public static Victim worker(Worker worker) {
        return new Victim(worker.name(), worker::kill, worker::start);
    }
}
