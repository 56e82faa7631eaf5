package dev.entente.server.participant.guard;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;

/**
 * The addresses that participants may have which a plan names by {@code host:port}. The owner of a name may lead it
 * anywhere, at any time: to this machine, to a neighbour, or to where a cloud keeps its credentials. So each look-up is
 * judged anew, and the call goes to what was judged. Thread-safe; blocks.
 */
public final class AllowedAddresses {
    /** Networks that are not in the public internet, and those that wrap IPv4 (IANA's special-purpose registries). */
    private static final List<Network> PRIVATE = Network.all(List.of(
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "224.0.0.0/3",
            "::/96",
            "64:ff9b::/96",
            "64:ff9b:1::/48",
            "2001::/23",
            "2002::/16",
            "fc00::/7",
            "fe80::/10",
            "fec0::/10",
            "ff00::/8"));

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
    private final List<Network> networks;
    private final LookUp lookUp;

    /**
     * @param targets knows what an operator has named himself
     * @param networks private ones that may be called all the same: {@code 10.0.0.0/8}, {@code fd00::/8}, or one
     *     address
     * @throws IllegalArgumentException if one of them is none
     */
    public AllowedAddresses(TargetGuard targets, List<String> networks, LookUp lookUp) {
        this.targets = targets;
        this.networks = Network.all(networks);
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
                .filter(address -> permits(bare, isNamed, address))
                .toList();
        if (permitted.isEmpty()) {
            throw new Forbidden(("target '%s' leads to a private network; "
                            + "configure it as a participant, or name the network in targets.networks")
                    .formatted(hostPort));
        }
        return permitted;
    }

    /**
     * Tells whether that target may lead to that address.
     *
     * @param host as the target names it, without brackets
     * @param isNamed whether the allow-list names it as well, not by a wildcard: then an address is what was allowed
     */
    boolean permits(String host, boolean isNamed, InetAddress address) {
        return (isNamed && isSaidItself(host))
                || PRIVATE.stream().noneMatch(network -> network.contains(address))
                || networks.stream().anyMatch(network -> network.contains(address));
    }

    private static boolean isSaidItself(String host) {
        return host.equalsIgnoreCase("localhost") || Network.isLiteral(host);
    }
}
