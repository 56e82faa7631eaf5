package dev.entente.simulation;

import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** The coordinators that clients can reach. */
final class Cluster {
    private final List<Node> nodes;
    private final Random random;
    private final Set<String> sent = new HashSet<>();

    Cluster(List<Node> nodes, Random random) {
        this.nodes = nodes;
        this.random = random;
    }

    List<Node> nodes() {
        return nodes;
    }

    void join(Node node) {
        nodes.add(node);
    }

    Node any() {
        return nodes.get(random.nextInt(nodes.size()));
    }

    /** Returns the node with that incarnation, or any node if the incarnation has ended. */
    Node holder(long incarnation) {
        return nodes.stream()
                .filter(node -> node.incarnation() == incarnation)
                .findFirst()
                .orElseGet(this::any);
    }

    /** Records that a request with an unknown result was sent. */
    void sent(String gid) {
        sent.add(gid);
    }

    boolean hasSentBefore(String gid) {
        return sent.contains(gid);
    }
}
