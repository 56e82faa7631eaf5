package dev.entente.server.participant.guard;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;

/**
 * The addresses that participants may have which a plan names by {@code host:port}. The owner of a name may lead it
 * anywhere, at any time: so each look-up is judged anew, and the call goes to what was judged. Thread-safe; blocks.
 */
public final class AllowedAddresses {
    /** How names are looked up. */
    public interface LookUp {
        /** Returns at least one address. Blocks. */
        InetAddress[] of(String host) throws UnknownHostException;
    }

    /** A name that leads where nobody may be sent. */
    public static final class Forbidden extends Exception {
        private static final long serialVersionUID = 1L;

        public Forbidden(String message) {
            super(message, null, false, false);
        }
    }

    private final TargetGuard targets;
    private final AddressGuard networks;
    private final LookUp lookUp;

    /**
     * @param targets knows what an operator has named himself
     * @param networks what any name may lead to
     */
    public AllowedAddresses(TargetGuard targets, AddressGuard networks, LookUp lookUp) {
        this.targets = targets;
        this.networks = networks;
        this.lookUp = lookUp;
    }

    /**
     * Those of a target's addresses that may be called.
     *
     * @param hostPort the target, as the plan has it
     * @throws Forbidden if there are none; it does not tell the address, which is not for whoever submits
     */
    public List<InetAddress> of(String hostPort, String host) throws UnknownHostException, Forbidden {
        String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        boolean isNamed = targets.names(hostPort);
        List<InetAddress> permitted = Arrays.stream(lookUp.of(bare))
                .filter(address -> networks.permits(bare, isNamed, address))
                .toList();
        if (permitted.isEmpty()) {
            throw new Forbidden(("target '%s' leads to a private network; "
                            + "configure it as a participant, or name the network in targets.networks")
                    .formatted(hostPort));
        }
        return permitted;
    }
}
