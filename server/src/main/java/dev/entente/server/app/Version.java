package dev.entente.server.app;

/** The version of this build. */
public final class Version {
    private Version() {}

    /** The version that the build wrote into the jar's manifest; class folders have none. */
    public static String text() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "(unpackaged)" : version;
    }
}
