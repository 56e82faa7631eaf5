package dev.entente.spring;

import dev.entente.backends.LoopbackPorts;
import dev.entente.client.Entente;
import dev.entente.rig.RigCoordinator;
import java.util.Map;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;

/** A web application with its own database, and a real coordinator with the application as a participant. */
record RunningApplication(RigCoordinator coordinator, ConfigurableApplicationContext context) implements AutoCloseable {
    /**
     * Starts the coordinator and the application.
     *
     * @param participant the application's name
     * @param path the prefix of all paths of the application; empty for none
     * @param ddl the statement that creates the application's table
     */
    static RunningApplication start(
            Class<?> application, String participant, String path, String ddl, String... properties) throws Exception {
        int port = LoopbackPorts.next();
        String url = "http://127.0.0.1:" + port + path;
        RigCoordinator coordinator = TestDatabase.playground()
                .startCoordinator("node-1", 0, 0, Map.of(participant, url), Map.of("lease", "30s"));
        ConfigurableApplicationContext context = new SpringApplicationBuilder(application)
                .properties(
                        "server.port=" + port,
                        "server.address=127.0.0.1",
                        "server.servlet.context-path=" + path,
                        "spring.datasource.url=" + TestDatabase.url(),
                        "spring.jpa.hibernate.ddl-auto=none",
                        "entente.target=" + coordinator.ready().grpc(),
                        "entente.participants." + participant + "=" + url,
                        "entente.barrier.create-table=true")
                .properties(properties)
                .run();
        RunningApplication running = new RunningApplication(coordinator, context);
        running.jdbc().sql(ddl).update();
        return running;
    }

    JdbcClient jdbc() {
        return context.getBean(JdbcClient.class);
    }

    Entente entente() {
        return context.getBean(Entente.class);
    }

    @Override
    public void close() {
        context.close();
        coordinator.close();
    }
}
