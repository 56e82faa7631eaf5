package dev.entente.idempotency;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.MultipartConfigElement;
import jakarta.servlet.http.HttpServlet;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import org.apache.catalina.Context;
import org.apache.catalina.Wrapper;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.descriptor.web.ErrorPage;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;
import org.eclipse.jetty.ee10.servlet.ErrorPageErrorHandler;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** The common servlet containers, each with filters and one servlet for all paths. */
enum ServletContainer {
    JETTY {
        @Override
        Running start(HttpServlet servlet, List<Filter> filters) throws Exception {
            Server server = new Server();
            ServerConnector connector = new ServerConnector(server);
            connector.setHost(LOOPBACK);
            server.addConnector(connector);
            ServletContextHandler context = new ServletContextHandler(ServletContextHandler.SESSIONS);
            ErrorPageErrorHandler errors = new ErrorPageErrorHandler();
            errors.addErrorPage(TEAPOT, ERROR_PAGE);
            context.setErrorHandler(errors);
            ServletHolder holder = new ServletHolder(servlet);
            holder.getRegistration().setMultipartConfig(MULTIPART);
            context.addServlet(holder, "/*");
            context.addServlet(new ServletHolder(servlet), BARE + "*");
            filters.forEach(filter -> context.addFilter(new FilterHolder(filter), "/*", DISPATCHES));
            server.setHandler(context);
            server.start();
            return new Running(server.getURI(), server::stop);
        }
    },
    TOMCAT {
        @Override
        Running start(HttpServlet servlet, List<Filter> filters) throws Exception {
            Path base = Files.createTempDirectory(Path.of("target"), "tomcat-").toAbsolutePath();
            Tomcat tomcat = new Tomcat();
            tomcat.setBaseDir(base.toString());
            tomcat.setPort(0);
            tomcat.getConnector().setProperty("address", LOOPBACK);
            Context context = tomcat.addContext("", base.toString());
            Wrapper wrapper = Tomcat.addServlet(context, "all", servlet);
            wrapper.setMultipartConfigElement(MULTIPART);
            context.addServletMappingDecoded("/*", "all");
            Tomcat.addServlet(context, "bare", servlet);
            context.addServletMappingDecoded(BARE + "*", "bare");
            context.setSuspendWrappedResponseAfterForward(true); // the default of Tomcat 11
            ErrorPage errors = new ErrorPage();
            errors.setErrorCode(TEAPOT);
            errors.setLocation(ERROR_PAGE);
            context.addErrorPage(errors);
            for (Filter filter : filters) {
                FilterDef definition = new FilterDef();
                definition.setFilterName("filter-" + filters.indexOf(filter));
                definition.setFilter(filter);
                context.addFilterDef(definition);
                FilterMap mapping = new FilterMap();
                mapping.setFilterName(definition.getFilterName());
                mapping.addURLPattern("/*");
                DISPATCHES.forEach(dispatch -> mapping.setDispatcher(dispatch.name()));
                context.addFilterMap(mapping);
            }
            tomcat.start();
            URI uri = URI.create(
                    "http://" + LOOPBACK + ":" + tomcat.getConnector().getLocalPort() + "/");
            return new Running(uri, () -> {
                tomcat.stop();
                tomcat.destroy();
            });
        }
    };

    /** The status with its own page at {@link #ERROR_PAGE}. */
    static final int TEAPOT = 418;

    static final String ERROR_PAGE = "/error-page";

    /** The path below which the servlet has no multipart configuration. */
    static final String BARE = "/bare/";

    static final int LARGEST_PART_BYTES = 700_000;

    private static final String LOOPBACK = "127.0.0.1";
    private static final MultipartConfigElement MULTIPART = new MultipartConfigElement("", LARGEST_PART_BYTES, -1, 0);
    private static final EnumSet<DispatcherType> DISPATCHES =
            EnumSet.of(DispatcherType.REQUEST, DispatcherType.FORWARD, DispatcherType.INCLUDE, DispatcherType.ERROR);

    /** Starts the container on a free port. The filters apply in this order to dispatches of each kind. */
    abstract Running start(HttpServlet servlet, List<Filter> filters) throws Exception;

    /**
     * A running container.
     *
     * @param end stops the container
     */
    record Running(URI uri, End end) {}

    /** Stops a container. */
    interface End {
        void stop() throws Exception;
    }
}
