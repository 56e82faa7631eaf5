package dev.entente.server.participant.guard;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;

/**
 * The allowed addresses of participants that a plan names by {@code host:port}. The owner of a name can point it to any
 * address at any time: this machine, a neighbour, or a cloud's credential service. Therefore each look-up is checked
 * again, and the call uses the checked addresses. Thread-safe; blocks.
 */
public final class AllowedAddresses {
    /** Networks outside the public internet, and networks that embed IPv4 (IANA's special-purpose registries). */
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

    /** Resolves host names. */
    public interface LookUp {
        /** Returns at least one address. Blocks. */
        InetAddress[] of(String host) throws UnknownHostException;
    }

    /** A name that resolves to forbidden addresses only. */
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
     * @param targets the allow-list of the operator
     * @param networks private networks that are allowed: {@code 10.0.0.0/8}, {@code fd00::/8}, or one address
     * @throws IllegalArgumentException if a text is not a network
     */
    public AllowedAddresses(TargetGuard targets, List<String> networks, LookUp lookUp) {
        this.targets = targets;
        this.networks = Network.all(networks);
        this.lookUp = lookUp;
    }

    /**
     * Returns the addresses of a target that may be called.
     *
     * @param hostPort the target, as written in the plan
     * @throws Forbidden if there is none; the message omits the address, which a submitter must not learn
     */
    public List<InetAddress> of(String hostPort, String host) throws UnknownHostException, Forbidden {
        String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        boolean isNamed = targets.names(hostPort);
        List<InetAddress> permitted = Arrays.stream(lookUp.of(bare))
                .filter(address -> permits(bare, isNamed, address))
                .toList();
        if (permitted.isEmpty()) {
            throw new Forbidden(("target '%s' resolves to a private network; configure it as a participant, or add the"
                            + " network to targets.networks")
                    .formatted(hostPort));
        }
        return permitted;
    }

    /**
     * Returns whether a target may resolve to an address.
     *
     * @param host the target's host, without brackets
     * @param isNamed whether the allow-list has the host without a wildcard; then a literal address, and {@code
     *     localhost}, is allowed
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
