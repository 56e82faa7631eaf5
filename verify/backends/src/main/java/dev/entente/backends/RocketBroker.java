package dev.entente.backends;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.remoting.exception.RemotingException;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;
import org.jspecify.annotations.Nullable;

/** One RocketMQ broker from the class path, and a name server that keeps running when the broker is killed. */
public final class RocketBroker extends Backend {
    private static final double FULLEST_DISK = 0.9;

    private static @Nullable RocketBroker shared;

    private final RocketNames names = new RocketNames();
    private final Path properties;

    /** Creates the folder and starts the name server; the broker is not yet started. */
    public RocketBroker() throws IOException {
        // The broker also listens on port - 2, for clients that need a path without queueing.
        super("rocketmq", LoopbackPorts.nextAnd(-2));
        requireDisk();
        names.start();
        properties = folder().resolve("broker.conf");
        Files.writeString(properties, """
            brokerClusterName=test
            brokerName=a
            brokerId=0
            brokerIP1=127.0.0.1
            bindAddress=127.0.0.1
            listenPort=%1$d
            haListenPort=%2$d
            namesrvAddr=%3$s
            storePathRootDir=%4$s/store
            storePathCommitLog=%4$s/store/commitlog
            mappedFileSizeCommitLog=16777216
            diskMaxUsedSpaceRatio=99
            autoCreateTopicEnable=false
            registerNameServerPeriod=10000
            transactionCheckInterval=1000
            transactionTimeOut=2000
            transactionCheckMax=1000
            timerWheelEnable=false
            """.formatted(port(), LoopbackPorts.next(), names.address(), folder()));
    }

    /** Fails early on a full disk: RocketMQ then refuses every message despite its settings, and only logs why. */
    private void requireDisk() throws IOException {
        FileStore disk = Files.getFileStore(folder());
        double used = 1 - (double) disk.getUnallocatedSpace() / disk.getTotalSpace();
        if (used > FULLEST_DISK) {
            throw new IOException(
                    "the disk of %s is %.0f %% full, and RocketMQ accepts no messages".formatted(folder(), 100 * used));
        }
    }

    /** Returns the running broker that all tests of this JVM share. A test that kills the broker restarts it. */
    public static synchronized RocketBroker running() throws IOException {
        RocketBroker broker = shared;
        if (broker == null) {
            broker = new RocketBroker();
            shared = broker;
        }
        broker.start();
        return broker;
    }

    /** Returns the name server's address, for clients. */
    public String nameServer() {
        return names.address();
    }

    /** Creates a topic with this number of queues. */
    public void createTopic(String name, int queues) {
        DefaultMQAdminExt admin = admin();
        try {
            admin.start();
            admin.createAndUpdateTopicConfig("127.0.0.1:" + port(), new TopicConfig(name, queues, queues));
        } catch (MQClientException | MQBrokerException | RemotingException | InterruptedException failed) {
            throw new IllegalStateException("could not create the topic " + name, failed);
        } finally {
            admin.shutdown();
        }
    }

    private DefaultMQAdminExt admin() {
        DefaultMQAdminExt admin = new DefaultMQAdminExt(10_000);
        admin.setNamesrvAddr(names.address());
        admin.setInstanceName(Long.toString(System.nanoTime()));
        return admin;
    }

    @Override
    List<String> command() {
        return RocketNames.command(folder(), "org.apache.rocketmq.broker.BrokerStartup", properties);
    }

    /** Returns whether the broker is registered at the name server: from then on it serves clients. */
    @Override
    boolean answers() {
        return RocketNames.isOpen(port()) && isRegistered();
    }

    private boolean isRegistered() {
        DefaultMQAdminExt admin = admin();
        try {
            admin.start();
            return !admin.examineBrokerClusterInfo().getBrokerAddrTable().isEmpty();
        } catch (MQClientException | MQBrokerException | RemotingException notYet) {
            return false;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            admin.shutdown();
        }
    }
}
