import * as $protobuf from "protobufjs";
import Long = require("long");

/** Namespace penstock. */
export namespace penstock {

    /** Namespace v1. */
    namespace v1 {

        /**
         * Properties of an Envelope.
         * @deprecated Use penstock.v1.Envelope.$Properties instead.
         */
        interface IEnvelope extends penstock.v1.Envelope.$Properties {
        }

        /** Represents an Envelope. */
        class Envelope {

            /**
             * Constructs a new Envelope.
             * @param [properties] Properties to set
             */
            constructor(properties?: penstock.v1.Envelope.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Envelope schema. */
            schema: number;

            /** Envelope version. */
            version: number;

            /** Envelope digest. */
            digest: Uint8Array;

            /** Envelope content. */
            content: Uint8Array;

            /** Envelope publishedMs. */
            publishedMs: number;

            /**
             * Encodes the specified Envelope message. Does not implicitly {@link penstock.v1.Envelope.verify|verify} messages.
             * @param message Envelope message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: penstock.v1.Envelope.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Envelope message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {penstock.v1.Envelope & penstock.v1.Envelope.$Shape} Envelope
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.Envelope & penstock.v1.Envelope.$Shape;
        }

        namespace Envelope {

            /** Properties of an Envelope. */
            interface $Properties {

                /** Envelope schema */
                schema?: (number|null);

                /** Envelope version */
                version?: (number|null);

                /** Envelope digest */
                digest?: (Uint8Array|null);

                /** Envelope content */
                content?: (Uint8Array|null);

                /** Envelope publishedMs */
                publishedMs?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Envelope. */
            type $Shape = penstock.v1.Envelope.$Properties;
        }

        /**
         * Properties of a Snapshot.
         * @deprecated Use penstock.v1.Snapshot.$Properties instead.
         */
        interface ISnapshot extends penstock.v1.Snapshot.$Properties {
        }

        /** Represents a Snapshot. */
        class Snapshot {

            /**
             * Constructs a new Snapshot.
             * @param [properties] Properties to set
             */
            constructor(properties?: penstock.v1.Snapshot.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Snapshot listeners. */
            listeners: penstock.v1.Listener.$Properties[];

            /** Snapshot limits. */
            limits?: (penstock.v1.Limits.$Properties|null);

            /** Snapshot timeouts. */
            timeouts?: (penstock.v1.Timeouts.$Properties|null);

            /** Snapshot trustedProxies. */
            trustedProxies: string[];

            /** Snapshot accessLog. */
            accessLog: string;

            /** Snapshot httpsPort. */
            httpsPort: number;

            /** Snapshot routeTable. */
            routeTable?: (penstock.v1.RouteTable.$Properties|null);

            /** Snapshot routes. */
            routes?: (penstock.v1.Packed.$Properties|null);

            /** Snapshot services. */
            services?: (penstock.v1.Packed.$Properties|null);

            /** Snapshot certificates. */
            certificates?: (penstock.v1.Packed.$Properties|null);

            /** Snapshot serverNames. */
            serverNames?: (penstock.v1.Packed.$Properties|null);

            /** Snapshot defaultCertificate. */
            defaultCertificate: number;

            /** Snapshot logFormat. */
            logFormat: penstock.v1.LogFormat;

            /** Snapshot files. */
            files: string[];

            /** Snapshot serverNameCertificates. */
            serverNameCertificates: Uint8Array;

            /** Snapshot engine. */
            engine: penstock.v1.Engine;

            /** Snapshot http2. */
            http2: boolean;

            /** Snapshot upstreamTls. */
            upstreamTls?: (penstock.v1.Packed.$Properties|null);

            /**
             * Encodes the specified Snapshot message. Does not implicitly {@link penstock.v1.Snapshot.verify|verify} messages.
             * @param message Snapshot message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: penstock.v1.Snapshot.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Snapshot message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {penstock.v1.Snapshot & penstock.v1.Snapshot.$Shape} Snapshot
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.Snapshot & penstock.v1.Snapshot.$Shape;
        }

        namespace Snapshot {

            /** Properties of a Snapshot. */
            interface $Properties {

                /** Snapshot listeners */
                listeners?: (penstock.v1.Listener.$Properties[]|null);

                /** Snapshot limits */
                limits?: (penstock.v1.Limits.$Properties|null);

                /** Snapshot timeouts */
                timeouts?: (penstock.v1.Timeouts.$Properties|null);

                /** Snapshot trustedProxies */
                trustedProxies?: (string[]|null);

                /** Snapshot accessLog */
                accessLog?: (string|null);

                /** Snapshot httpsPort */
                httpsPort?: (number|null);

                /** Snapshot routeTable */
                routeTable?: (penstock.v1.RouteTable.$Properties|null);

                /** Snapshot routes */
                routes?: (penstock.v1.Packed.$Properties|null);

                /** Snapshot services */
                services?: (penstock.v1.Packed.$Properties|null);

                /** Snapshot certificates */
                certificates?: (penstock.v1.Packed.$Properties|null);

                /** Snapshot serverNames */
                serverNames?: (penstock.v1.Packed.$Properties|null);

                /** Snapshot defaultCertificate */
                defaultCertificate?: (number|null);

                /** Snapshot logFormat */
                logFormat?: (penstock.v1.LogFormat|null);

                /** Snapshot files */
                files?: (string[]|null);

                /** Snapshot serverNameCertificates */
                serverNameCertificates?: (Uint8Array|null);

                /** Snapshot engine */
                engine?: (penstock.v1.Engine|null);

                /** Snapshot http2 */
                http2?: (boolean|null);

                /** Snapshot upstreamTls */
                upstreamTls?: (penstock.v1.Packed.$Properties|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Snapshot. */
            type $Shape = penstock.v1.Snapshot.$Properties;
        }

        /** Engine enum. */
        enum Engine {

            /** ENGINE_AUTO value */
            ENGINE_AUTO = 0,

            /** ENGINE_UWS value */
            ENGINE_UWS = 1,

            /** ENGINE_NODE value */
            ENGINE_NODE = 2
        }

        /** LogFormat enum. */
        enum LogFormat {

            /** LOG_FORMAT_TEXT value */
            LOG_FORMAT_TEXT = 0,

            /** LOG_FORMAT_JSON value */
            LOG_FORMAT_JSON = 1
        }

        /**
         * Properties of a Packed.
         * @deprecated Use penstock.v1.Packed.$Properties instead.
         */
        interface IPacked extends penstock.v1.Packed.$Properties {
        }

        /** Represents a Packed. */
        class Packed {

            /**
             * Constructs a new Packed.
             * @param [properties] Properties to set
             */
            constructor(properties?: penstock.v1.Packed.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Packed offsets. */
            offsets: Uint8Array;

            /** Packed data. */
            data: Uint8Array;

            /**
             * Encodes the specified Packed message. Does not implicitly {@link penstock.v1.Packed.verify|verify} messages.
             * @param message Packed message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: penstock.v1.Packed.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Packed message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {penstock.v1.Packed & penstock.v1.Packed.$Shape} Packed
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.Packed & penstock.v1.Packed.$Shape;
        }

        namespace Packed {

            /** Properties of a Packed. */
            interface $Properties {

                /** Packed offsets */
                offsets?: (Uint8Array|null);

                /** Packed data */
                data?: (Uint8Array|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Packed. */
            type $Shape = penstock.v1.Packed.$Properties;
        }

        /**
         * Properties of a RouteTable.
         * @deprecated Use penstock.v1.RouteTable.$Properties instead.
         */
        interface IRouteTable extends penstock.v1.RouteTable.$Properties {
        }

        /** Represents a RouteTable. */
        class RouteTable {

            /**
             * Constructs a new RouteTable.
             * @param [properties] Properties to set
             */
            constructor(properties?: penstock.v1.RouteTable.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** RouteTable words. */
            words: Uint8Array;

            /**
             * Encodes the specified RouteTable message. Does not implicitly {@link penstock.v1.RouteTable.verify|verify} messages.
             * @param message RouteTable message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: penstock.v1.RouteTable.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a RouteTable message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {penstock.v1.RouteTable & penstock.v1.RouteTable.$Shape} RouteTable
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.RouteTable & penstock.v1.RouteTable.$Shape;
        }

        namespace RouteTable {

            /** Properties of a RouteTable. */
            interface $Properties {

                /** RouteTable words */
                words?: (Uint8Array|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a RouteTable. */
            type $Shape = penstock.v1.RouteTable.$Properties;
        }

        /**
         * Properties of a Listener.
         * @deprecated Use penstock.v1.Listener.$Properties instead.
         */
        interface IListener extends penstock.v1.Listener.$Properties {
        }

        /** Represents a Listener. */
        class Listener {

            /**
             * Constructs a new Listener.
             * @param [properties] Properties to set
             */
            constructor(properties?: penstock.v1.Listener.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Listener id. */
            id: string;

            /** Listener tls. */
            tls: boolean;

            /** Listener host. */
            host: string;

            /** Listener port. */
            port: number;

            /**
             * Encodes the specified Listener message. Does not implicitly {@link penstock.v1.Listener.verify|verify} messages.
             * @param message Listener message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: penstock.v1.Listener.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Listener message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {penstock.v1.Listener & penstock.v1.Listener.$Shape} Listener
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.Listener & penstock.v1.Listener.$Shape;
        }

        namespace Listener {

            /** Properties of a Listener. */
            interface $Properties {

                /** Listener id */
                id?: (string|null);

                /** Listener tls */
                tls?: (boolean|null);

                /** Listener host */
                host?: (string|null);

                /** Listener port */
                port?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Listener. */
            type $Shape = penstock.v1.Listener.$Properties;
        }

        /**
         * Properties of a Limits.
         * @deprecated Use penstock.v1.Limits.$Properties instead.
         */
        interface ILimits extends penstock.v1.Limits.$Properties {
        }

        /** Represents a Limits. */
        class Limits {

            /**
             * Constructs a new Limits.
             * @param [properties] Properties to set
             */
            constructor(properties?: penstock.v1.Limits.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Limits headerBytes. */
            headerBytes: number;

            /** Limits bodyBytes. */
            bodyBytes: number;

            /** Limits connections. */
            connections: number;

            /** Limits urlBytes. */
            urlBytes: number;

            /** Limits connectionsPerAddress. */
            connectionsPerAddress: number;

            /**
             * Encodes the specified Limits message. Does not implicitly {@link penstock.v1.Limits.verify|verify} messages.
             * @param message Limits message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: penstock.v1.Limits.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Limits message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {penstock.v1.Limits & penstock.v1.Limits.$Shape} Limits
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.Limits & penstock.v1.Limits.$Shape;
        }

        namespace Limits {

            /** Properties of a Limits. */
            interface $Properties {

                /** Limits headerBytes */
                headerBytes?: (number|null);

                /** Limits bodyBytes */
                bodyBytes?: (number|null);

                /** Limits connections */
                connections?: (number|null);

                /** Limits urlBytes */
                urlBytes?: (number|null);

                /** Limits connectionsPerAddress */
                connectionsPerAddress?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Limits. */
            type $Shape = penstock.v1.Limits.$Properties;
        }

        /**
         * Properties of a Timeouts.
         * @deprecated Use penstock.v1.Timeouts.$Properties instead.
         */
        interface ITimeouts extends penstock.v1.Timeouts.$Properties {
        }

        /** Represents a Timeouts. */
        class Timeouts {

            /**
             * Constructs a new Timeouts.
             * @param [properties] Properties to set
             */
            constructor(properties?: penstock.v1.Timeouts.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Timeouts readMs. */
            readMs: number;

            /** Timeouts writeMs. */
            writeMs: number;

            /** Timeouts connectMs. */
            connectMs: number;

            /** Timeouts responseMs. */
            responseMs: number;

            /** Timeouts drainMs. */
            drainMs: number;

            /** Timeouts keepaliveMs. */
            keepaliveMs: number;

            /**
             * Encodes the specified Timeouts message. Does not implicitly {@link penstock.v1.Timeouts.verify|verify} messages.
             * @param message Timeouts message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: penstock.v1.Timeouts.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Timeouts message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {penstock.v1.Timeouts & penstock.v1.Timeouts.$Shape} Timeouts
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.Timeouts & penstock.v1.Timeouts.$Shape;
        }

        namespace Timeouts {

            /** Properties of a Timeouts. */
            interface $Properties {

                /** Timeouts readMs */
                readMs?: (number|null);

                /** Timeouts writeMs */
                writeMs?: (number|null);

                /** Timeouts connectMs */
                connectMs?: (number|null);

                /** Timeouts responseMs */
                responseMs?: (number|null);

                /** Timeouts drainMs */
                drainMs?: (number|null);

                /** Timeouts keepaliveMs */
                keepaliveMs?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Timeouts. */
            type $Shape = penstock.v1.Timeouts.$Properties;
        }

        /**
         * Properties of an Origin.
         * @deprecated Use penstock.v1.Origin.$Properties instead.
         */
        interface IOrigin extends penstock.v1.Origin.$Properties {
        }

        /** Represents an Origin. */
        class Origin {

            /**
             * Constructs a new Origin.
             * @param [properties] Properties to set
             */
            constructor(properties?: penstock.v1.Origin.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Origin file. */
            file: number;

            /** Origin line. */
            line: number;

            /** Origin column. */
            column: number;

            /**
             * Encodes the specified Origin message. Does not implicitly {@link penstock.v1.Origin.verify|verify} messages.
             * @param message Origin message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: penstock.v1.Origin.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Origin message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {penstock.v1.Origin & penstock.v1.Origin.$Shape} Origin
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.Origin & penstock.v1.Origin.$Shape;
        }

        namespace Origin {

            /** Properties of an Origin. */
            interface $Properties {

                /** Origin file */
                file?: (number|null);

                /** Origin line */
                line?: (number|null);

                /** Origin column */
                column?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Origin. */
            type $Shape = penstock.v1.Origin.$Properties;
        }

        /**
         * Properties of a NameValue.
         * @deprecated Use penstock.v1.NameValue.$Properties instead.
         */
        interface INameValue extends penstock.v1.NameValue.$Properties {
        }

        /** Represents a NameValue. */
        class NameValue {

            /**
             * Constructs a new NameValue.
             * @param [properties] Properties to set
             */
            constructor(properties?: penstock.v1.NameValue.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** NameValue name. */
            name: string;

            /** NameValue value. */
            value: string;

            /**
             * Encodes the specified NameValue message. Does not implicitly {@link penstock.v1.NameValue.verify|verify} messages.
             * @param message NameValue message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: penstock.v1.NameValue.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a NameValue message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {penstock.v1.NameValue & penstock.v1.NameValue.$Shape} NameValue
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.NameValue & penstock.v1.NameValue.$Shape;
        }

        namespace NameValue {

            /** Properties of a NameValue. */
            interface $Properties {

                /** NameValue name */
                name?: (string|null);

                /** NameValue value */
                value?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a NameValue. */
            type $Shape = penstock.v1.NameValue.$Properties;
        }

        /** PathMatch enum. */
        enum PathMatch {

            /** PATH_MATCH_PREFIX value */
            PATH_MATCH_PREFIX = 0,

            /** PATH_MATCH_EXACT value */
            PATH_MATCH_EXACT = 1
        }

        /** TlsMode enum. */
        enum TlsMode {

            /** TLS_MODE_OFF value */
            TLS_MODE_OFF = 0,

            /** TLS_MODE_MANUAL value */
            TLS_MODE_MANUAL = 1,

            /** TLS_MODE_SELF_SIGNED value */
            TLS_MODE_SELF_SIGNED = 2,

            /** TLS_MODE_AUTO value */
            TLS_MODE_AUTO = 3
        }

        /**
         * Properties of a Route.
         * @deprecated Use penstock.v1.Route.$Properties instead.
         */
        interface IRoute extends penstock.v1.Route.$Properties {
        }

        /** Represents a Route. */
        class Route {

            /**
             * Constructs a new Route.
             * @param [properties] Properties to set
             */
            constructor(properties?: penstock.v1.Route.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Route name. */
            name: string;

            /** Route hosts. */
            hosts: string[];

            /** Route path. */
            path: string;

            /** Route match. */
            match: penstock.v1.PathMatch;

            /** Route methods. */
            methods: string[];

            /** Route headers. */
            headers: penstock.v1.NameValue.$Properties[];

            /** Route query. */
            query: penstock.v1.NameValue.$Properties[];

            /** Route service. */
            service?: (number|null);

            /** Route split. */
            split?: (penstock.v1.Split.$Properties|null);

            /** Route redirect. */
            redirect?: (penstock.v1.Redirect.$Properties|null);

            /** Route respond. */
            respond?: (penstock.v1.Respond.$Properties|null);

            /** Route hostRedirect. */
            hostRedirect?: (string|null);

            /** Route tls. */
            tls: penstock.v1.TlsMode;

            /** Route httpsRedirect. */
            httpsRedirect: boolean;

            /** Route rewrite. */
            rewrite?: (penstock.v1.Rewrite.$Properties|null);

            /** Route requestHeaders. */
            requestHeaders?: (penstock.v1.HeaderOps.$Properties|null);

            /** Route responseHeaders. */
            responseHeaders?: (penstock.v1.HeaderOps.$Properties|null);

            /** Route connectMs. */
            connectMs?: (number|null);

            /** Route responseMs. */
            responseMs?: (number|null);

            /** Route idleMs. */
            idleMs?: (number|null);

            /** Route readMs. */
            readMs: number;

            /** Route writeMs. */
            writeMs: number;

            /** Route bodyBytes. */
            bodyBytes: number;

            /** Route counterSlot. */
            counterSlot: number;

            /** Route origin. */
            origin?: (penstock.v1.Origin.$Properties|null);

            /** Route access. */
            access?: (penstock.v1.AccessList.$Properties|null);

            /** Route rateLimits. */
            rateLimits: penstock.v1.RateLimit.$Properties[];

            /** Route hsts. */
            hsts: string;

            /** Route retryAttempts. */
            retryAttempts?: (number|null);

            /** Route websocketOff. */
            websocketOff: boolean;

            /** Route plainHosts. */
            plainHosts: string[];

            /** Route action. */
            action?: ("service"|"split"|"redirect"|"respond"|"hostRedirect");

            /**
             * Encodes the specified Route message. Does not implicitly {@link penstock.v1.Route.verify|verify} messages.
             * @param message Route message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: penstock.v1.Route.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Route message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {penstock.v1.Route & penstock.v1.Route.$Shape} Route
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.Route & penstock.v1.Route.$Shape;
        }

        namespace Route {

            /** Properties of a Route. */
            interface $Properties {

                /** Route name */
                name?: (string|null);

                /** Route hosts */
                hosts?: (string[]|null);

                /** Route path */
                path?: (string|null);

                /** Route match */
                match?: (penstock.v1.PathMatch|null);

                /** Route methods */
                methods?: (string[]|null);

                /** Route headers */
                headers?: (penstock.v1.NameValue.$Properties[]|null);

                /** Route query */
                query?: (penstock.v1.NameValue.$Properties[]|null);

                /** Route service */
                service?: (number|null);

                /** Route split */
                split?: (penstock.v1.Split.$Properties|null);

                /** Route redirect */
                redirect?: (penstock.v1.Redirect.$Properties|null);

                /** Route respond */
                respond?: (penstock.v1.Respond.$Properties|null);

                /** Route hostRedirect */
                hostRedirect?: (string|null);

                /** Route tls */
                tls?: (penstock.v1.TlsMode|null);

                /** Route httpsRedirect */
                httpsRedirect?: (boolean|null);

                /** Route rewrite */
                rewrite?: (penstock.v1.Rewrite.$Properties|null);

                /** Route requestHeaders */
                requestHeaders?: (penstock.v1.HeaderOps.$Properties|null);

                /** Route responseHeaders */
                responseHeaders?: (penstock.v1.HeaderOps.$Properties|null);

                /** Route connectMs */
                connectMs?: (number|null);

                /** Route responseMs */
                responseMs?: (number|null);

                /** Route idleMs */
                idleMs?: (number|null);

                /** Route readMs */
                readMs?: (number|null);

                /** Route writeMs */
                writeMs?: (number|null);

                /** Route bodyBytes */
                bodyBytes?: (number|null);

                /** Route counterSlot */
                counterSlot?: (number|null);

                /** Route origin */
                origin?: (penstock.v1.Origin.$Properties|null);

                /** Route access */
                access?: (penstock.v1.AccessList.$Properties|null);

                /** Route rateLimits */
                rateLimits?: (penstock.v1.RateLimit.$Properties[]|null);

                /** Route hsts */
                hsts?: (string|null);

                /** Route retryAttempts */
                retryAttempts?: (number|null);

                /** Route websocketOff */
                websocketOff?: (boolean|null);

                /** Route plainHosts */
                plainHosts?: (string[]|null);

                /** Route action */
                action?: ("service"|"split"|"redirect"|"respond"|"hostRedirect");

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Narrowed shape of a Route. */
            type $Shape = {
              name?: string|null;
              hosts?: string[]|null;
              path?: string|null;
              match?: penstock.v1.PathMatch|null;
              methods?: string[]|null;
              headers?: penstock.v1.NameValue.$Shape[]|null;
              query?: penstock.v1.NameValue.$Shape[]|null;
              service?: number|null;
              split?: penstock.v1.Split.$Shape|null;
              redirect?: penstock.v1.Redirect.$Shape|null;
              respond?: penstock.v1.Respond.$Shape|null;
              hostRedirect?: string|null;
              tls?: penstock.v1.TlsMode|null;
              httpsRedirect?: boolean|null;
              rewrite?: penstock.v1.Rewrite.$Shape|null;
              requestHeaders?: penstock.v1.HeaderOps.$Shape|null;
              responseHeaders?: penstock.v1.HeaderOps.$Shape|null;
              connectMs?: number|null;
              responseMs?: number|null;
              idleMs?: number|null;
              readMs?: number|null;
              writeMs?: number|null;
              bodyBytes?: number|null;
              counterSlot?: number|null;
              origin?: penstock.v1.Origin.$Shape|null;
              access?: penstock.v1.AccessList.$Shape|null;
              rateLimits?: penstock.v1.RateLimit.$Shape[]|null;
              hsts?: string|null;
              retryAttempts?: number|null;
              websocketOff?: boolean|null;
              plainHosts?: string[]|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ action?: undefined; service?: null; split?: null; redirect?: null; respond?: null; hostRedirect?: null }|{ action?: "service"; service: number; split?: null; redirect?: null; respond?: null; hostRedirect?: null }|{ action?: "split"; service?: null; split: penstock.v1.Split.$Shape; redirect?: null; respond?: null; hostRedirect?: null }|{ action?: "redirect"; service?: null; split?: null; redirect: penstock.v1.Redirect.$Shape; respond?: null; hostRedirect?: null }|{ action?: "respond"; service?: null; split?: null; redirect?: null; respond: penstock.v1.Respond.$Shape; hostRedirect?: null }|{ action?: "hostRedirect"; service?: null; split?: null; redirect?: null; respond?: null; hostRedirect: string })
            );
        }

        /**
         * Properties of an AccessList.
         * @deprecated Use penstock.v1.AccessList.$Properties instead.
         */
        interface IAccessList extends penstock.v1.AccessList.$Properties {
        }

        /** Represents an AccessList. */
        class AccessList {

            /**
             * Constructs a new AccessList.
             * @param [properties] Properties to set
             */
            constructor(properties?: penstock.v1.AccessList.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** AccessList allow. */
            allow?: (penstock.v1.AddressRanges.$Properties|null);

            /** AccessList deny. */
            deny?: (penstock.v1.AddressRanges.$Properties|null);

            /**
             * Encodes the specified AccessList message. Does not implicitly {@link penstock.v1.AccessList.verify|verify} messages.
             * @param message AccessList message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: penstock.v1.AccessList.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an AccessList message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {penstock.v1.AccessList & penstock.v1.AccessList.$Shape} AccessList
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.AccessList & penstock.v1.AccessList.$Shape;
        }

        namespace AccessList {

            /** Properties of an AccessList. */
            interface $Properties {

                /** AccessList allow */
                allow?: (penstock.v1.AddressRanges.$Properties|null);

                /** AccessList deny */
                deny?: (penstock.v1.AddressRanges.$Properties|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an AccessList. */
            type $Shape = penstock.v1.AccessList.$Properties;
        }

        /**
         * Properties of an AddressRanges.
         * @deprecated Use penstock.v1.AddressRanges.$Properties instead.
         */
        interface IAddressRanges extends penstock.v1.AddressRanges.$Properties {
        }

        /** Represents an AddressRanges. */
        class AddressRanges {

            /**
             * Constructs a new AddressRanges.
             * @param [properties] Properties to set
             */
            constructor(properties?: penstock.v1.AddressRanges.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** AddressRanges cidrs. */
            cidrs: string[];

            /** AddressRanges words. */
            words: Uint8Array;

            /**
             * Encodes the specified AddressRanges message. Does not implicitly {@link penstock.v1.AddressRanges.verify|verify} messages.
             * @param message AddressRanges message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: penstock.v1.AddressRanges.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an AddressRanges message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {penstock.v1.AddressRanges & penstock.v1.AddressRanges.$Shape} AddressRanges
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.AddressRanges & penstock.v1.AddressRanges.$Shape;
        }

        namespace AddressRanges {

            /** Properties of an AddressRanges. */
            interface $Properties {

                /** AddressRanges cidrs */
                cidrs?: (string[]|null);

                /** AddressRanges words */
                words?: (Uint8Array|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an AddressRanges. */
            type $Shape = penstock.v1.AddressRanges.$Properties;
        }

        /** RateLimitKey enum. */
        enum RateLimitKey {

            /** RATE_LIMIT_KEY_IP value */
            RATE_LIMIT_KEY_IP = 0,

            /** RATE_LIMIT_KEY_HOST value */
            RATE_LIMIT_KEY_HOST = 1,

            /** RATE_LIMIT_KEY_GLOBAL value */
            RATE_LIMIT_KEY_GLOBAL = 2,

            /** RATE_LIMIT_KEY_HEADER value */
            RATE_LIMIT_KEY_HEADER = 3
        }

        /**
         * Properties of a RateLimit.
         * @deprecated Use penstock.v1.RateLimit.$Properties instead.
         */
        interface IRateLimit extends penstock.v1.RateLimit.$Properties {
        }

        /** Represents a RateLimit. */
        class RateLimit {

            /**
             * Constructs a new RateLimit.
             * @param [properties] Properties to set
             */
            constructor(properties?: penstock.v1.RateLimit.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** RateLimit name. */
            name: string;

            /** RateLimit requestsPerSecond. */
            requestsPerSecond: number;

            /** RateLimit burst. */
            burst: number;

            /** RateLimit by. */
            by: penstock.v1.RateLimitKey;

            /** RateLimit header. */
            header: string;

            /** RateLimit seed0. */
            seed0: number;

            /** RateLimit seed1. */
            seed1: number;

            /**
             * Encodes the specified RateLimit message. Does not implicitly {@link penstock.v1.RateLimit.verify|verify} messages.
             * @param message RateLimit message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: penstock.v1.RateLimit.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a RateLimit message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {penstock.v1.RateLimit & penstock.v1.RateLimit.$Shape} RateLimit
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.RateLimit & penstock.v1.RateLimit.$Shape;
        }

        namespace RateLimit {

            /** Properties of a RateLimit. */
            interface $Properties {

                /** RateLimit name */
                name?: (string|null);

                /** RateLimit requestsPerSecond */
                requestsPerSecond?: (number|null);

                /** RateLimit burst */
                burst?: (number|null);

                /** RateLimit by */
                by?: (penstock.v1.RateLimitKey|null);

                /** RateLimit header */
                header?: (string|null);

                /** RateLimit seed0 */
                seed0?: (number|null);

                /** RateLimit seed1 */
                seed1?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a RateLimit. */
            type $Shape = penstock.v1.RateLimit.$Properties;
        }

        /**
         * Properties of a Split.
         * @deprecated Use penstock.v1.Split.$Properties instead.
         */
        interface ISplit extends penstock.v1.Split.$Properties {
        }

        /** Represents a Split. */
        class Split {

            /**
             * Constructs a new Split.
             * @param [properties] Properties to set
             */
            constructor(properties?: penstock.v1.Split.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Split services. */
            services: number[];

            /** Split weights. */
            weights: number[];

            /**
             * Encodes the specified Split message. Does not implicitly {@link penstock.v1.Split.verify|verify} messages.
             * @param message Split message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: penstock.v1.Split.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Split message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {penstock.v1.Split & penstock.v1.Split.$Shape} Split
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.Split & penstock.v1.Split.$Shape;
        }

        namespace Split {

            /** Properties of a Split. */
            interface $Properties {

                /** Split services */
                services?: (number[]|null);

                /** Split weights */
                weights?: (number[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Split. */
            type $Shape = penstock.v1.Split.$Properties;
        }

        /**
         * Properties of a Redirect.
         * @deprecated Use penstock.v1.Redirect.$Properties instead.
         */
        interface IRedirect extends penstock.v1.Redirect.$Properties {
        }

        /** Represents a Redirect. */
        class Redirect {

            /**
             * Constructs a new Redirect.
             * @param [properties] Properties to set
             */
            constructor(properties?: penstock.v1.Redirect.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Redirect to. */
            to: string;

            /** Redirect status. */
            status: number;

            /**
             * Encodes the specified Redirect message. Does not implicitly {@link penstock.v1.Redirect.verify|verify} messages.
             * @param message Redirect message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: penstock.v1.Redirect.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Redirect message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {penstock.v1.Redirect & penstock.v1.Redirect.$Shape} Redirect
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.Redirect & penstock.v1.Redirect.$Shape;
        }

        namespace Redirect {

            /** Properties of a Redirect. */
            interface $Properties {

                /** Redirect to */
                to?: (string|null);

                /** Redirect status */
                status?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Redirect. */
            type $Shape = penstock.v1.Redirect.$Properties;
        }

        /**
         * Properties of a Respond.
         * @deprecated Use penstock.v1.Respond.$Properties instead.
         */
        interface IRespond extends penstock.v1.Respond.$Properties {
        }

        /** Represents a Respond. */
        class Respond {

            /**
             * Constructs a new Respond.
             * @param [properties] Properties to set
             */
            constructor(properties?: penstock.v1.Respond.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Respond status. */
            status: number;

            /** Respond body. */
            body: string;

            /** Respond headers. */
            headers: penstock.v1.NameValue.$Properties[];

            /**
             * Encodes the specified Respond message. Does not implicitly {@link penstock.v1.Respond.verify|verify} messages.
             * @param message Respond message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: penstock.v1.Respond.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Respond message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {penstock.v1.Respond & penstock.v1.Respond.$Shape} Respond
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.Respond & penstock.v1.Respond.$Shape;
        }

        namespace Respond {

            /** Properties of a Respond. */
            interface $Properties {

                /** Respond status */
                status?: (number|null);

                /** Respond body */
                body?: (string|null);

                /** Respond headers */
                headers?: (penstock.v1.NameValue.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Respond. */
            type $Shape = penstock.v1.Respond.$Properties;
        }

        /**
         * Properties of a Rewrite.
         * @deprecated Use penstock.v1.Rewrite.$Properties instead.
         */
        interface IRewrite extends penstock.v1.Rewrite.$Properties {
        }

        /** Represents a Rewrite. */
        class Rewrite {

            /**
             * Constructs a new Rewrite.
             * @param [properties] Properties to set
             */
            constructor(properties?: penstock.v1.Rewrite.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Rewrite stripPrefix. */
            stripPrefix?: (string|null);

            /** Rewrite replacePrefix. */
            replacePrefix?: (string|null);

            /** Rewrite replacePath. */
            replacePath?: (string|null);

            /** Rewrite host. */
            host?: (string|null);

            /**
             * Encodes the specified Rewrite message. Does not implicitly {@link penstock.v1.Rewrite.verify|verify} messages.
             * @param message Rewrite message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: penstock.v1.Rewrite.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Rewrite message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {penstock.v1.Rewrite & penstock.v1.Rewrite.$Shape} Rewrite
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.Rewrite & penstock.v1.Rewrite.$Shape;
        }

        namespace Rewrite {

            /** Properties of a Rewrite. */
            interface $Properties {

                /** Rewrite stripPrefix */
                stripPrefix?: (string|null);

                /** Rewrite replacePrefix */
                replacePrefix?: (string|null);

                /** Rewrite replacePath */
                replacePath?: (string|null);

                /** Rewrite host */
                host?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Rewrite. */
            type $Shape = penstock.v1.Rewrite.$Properties;
        }

        /**
         * Properties of a HeaderOps.
         * @deprecated Use penstock.v1.HeaderOps.$Properties instead.
         */
        interface IHeaderOps extends penstock.v1.HeaderOps.$Properties {
        }

        /** Represents a HeaderOps. */
        class HeaderOps {

            /**
             * Constructs a new HeaderOps.
             * @param [properties] Properties to set
             */
            constructor(properties?: penstock.v1.HeaderOps.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** HeaderOps add. */
            add: penstock.v1.NameValue.$Properties[];

            /** HeaderOps set. */
            set: penstock.v1.NameValue.$Properties[];

            /** HeaderOps remove. */
            remove: string[];

            /**
             * Encodes the specified HeaderOps message. Does not implicitly {@link penstock.v1.HeaderOps.verify|verify} messages.
             * @param message HeaderOps message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: penstock.v1.HeaderOps.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a HeaderOps message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {penstock.v1.HeaderOps & penstock.v1.HeaderOps.$Shape} HeaderOps
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.HeaderOps & penstock.v1.HeaderOps.$Shape;
        }

        namespace HeaderOps {

            /** Properties of a HeaderOps. */
            interface $Properties {

                /** HeaderOps add */
                add?: (penstock.v1.NameValue.$Properties[]|null);

                /** HeaderOps set */
                set?: (penstock.v1.NameValue.$Properties[]|null);

                /** HeaderOps remove */
                remove?: (string[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a HeaderOps. */
            type $Shape = penstock.v1.HeaderOps.$Properties;
        }

        /** Balance enum. */
        enum Balance {

            /** BALANCE_ROUND_ROBIN value */
            BALANCE_ROUND_ROBIN = 0,

            /** BALANCE_RANDOM value */
            BALANCE_RANDOM = 1,

            /** BALANCE_LEAST_REQUESTS value */
            BALANCE_LEAST_REQUESTS = 2,

            /** BALANCE_P2C value */
            BALANCE_P2C = 3,

            /** BALANCE_HASH value */
            BALANCE_HASH = 4
        }

        /** UpstreamProtocol enum. */
        enum UpstreamProtocol {

            /** UPSTREAM_PROTOCOL_HTTP1 value */
            UPSTREAM_PROTOCOL_HTTP1 = 0,

            /** UPSTREAM_PROTOCOL_H2 value */
            UPSTREAM_PROTOCOL_H2 = 1,

            /** UPSTREAM_PROTOCOL_H2C value */
            UPSTREAM_PROTOCOL_H2C = 2
        }

        /**
         * Properties of an UpstreamTls.
         * @deprecated Use penstock.v1.UpstreamTls.$Properties instead.
         */
        interface IUpstreamTls extends penstock.v1.UpstreamTls.$Properties {
        }

        /** Represents an UpstreamTls. */
        class UpstreamTls {

            /**
             * Constructs a new UpstreamTls.
             * @param [properties] Properties to set
             */
            constructor(properties?: penstock.v1.UpstreamTls.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** UpstreamTls serverName. */
            serverName: string;

            /** UpstreamTls caPem. */
            caPem: string;

            /** UpstreamTls insecure. */
            insecure: boolean;

            /** UpstreamTls certPem. */
            certPem: string;

            /** UpstreamTls keyPem. */
            keyPem: string;

            /**
             * Encodes the specified UpstreamTls message. Does not implicitly {@link penstock.v1.UpstreamTls.verify|verify} messages.
             * @param message UpstreamTls message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: penstock.v1.UpstreamTls.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an UpstreamTls message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {penstock.v1.UpstreamTls & penstock.v1.UpstreamTls.$Shape} UpstreamTls
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.UpstreamTls & penstock.v1.UpstreamTls.$Shape;
        }

        namespace UpstreamTls {

            /** Properties of an UpstreamTls. */
            interface $Properties {

                /** UpstreamTls serverName */
                serverName?: (string|null);

                /** UpstreamTls caPem */
                caPem?: (string|null);

                /** UpstreamTls insecure */
                insecure?: (boolean|null);

                /** UpstreamTls certPem */
                certPem?: (string|null);

                /** UpstreamTls keyPem */
                keyPem?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an UpstreamTls. */
            type $Shape = penstock.v1.UpstreamTls.$Properties;
        }

        /**
         * Properties of a Service.
         * @deprecated Use penstock.v1.Service.$Properties instead.
         */
        interface IService extends penstock.v1.Service.$Properties {
        }

        /** Represents a Service. */
        class Service {

            /**
             * Constructs a new Service.
             * @param [properties] Properties to set
             */
            constructor(properties?: penstock.v1.Service.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Service name. */
            name: string;

            /** Service endpoints. */
            endpoints: penstock.v1.Endpoint.$Properties[];

            /** Service balance. */
            balance: penstock.v1.Balance;

            /** Service maxIdle. */
            maxIdle: number;

            /** Service idleTimeoutMs. */
            idleTimeoutMs: number;

            /** Service maxRequests. */
            maxRequests: number;

            /** Service connectMs. */
            connectMs: number;

            /** Service responseMs. */
            responseMs: number;

            /** Service idleMs. */
            idleMs: number;

            /** Service counterSlot. */
            counterSlot: number;

            /** Service origin. */
            origin?: (penstock.v1.Origin.$Properties|null);

            /** Service protocol. */
            protocol: penstock.v1.UpstreamProtocol;

            /** Service tls. */
            tls: number;

            /** Service hashOn. */
            hashOn: string;

            /** Service maxRequestsPerEndpoint. */
            maxRequestsPerEndpoint: number;

            /** Service stickyCookie. */
            stickyCookie: string;

            /** Service proxyProtocol. */
            proxyProtocol: number;

            /** Service healthCheck. */
            healthCheck?: (penstock.v1.HealthCheck.$Properties|null);

            /** Service outlier. */
            outlier?: (penstock.v1.Outlier.$Properties|null);

            /** Service retries. */
            retries?: (penstock.v1.Retries.$Properties|null);

            /**
             * Encodes the specified Service message. Does not implicitly {@link penstock.v1.Service.verify|verify} messages.
             * @param message Service message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: penstock.v1.Service.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Service message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {penstock.v1.Service & penstock.v1.Service.$Shape} Service
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.Service & penstock.v1.Service.$Shape;
        }

        namespace Service {

            /** Properties of a Service. */
            interface $Properties {

                /** Service name */
                name?: (string|null);

                /** Service endpoints */
                endpoints?: (penstock.v1.Endpoint.$Properties[]|null);

                /** Service balance */
                balance?: (penstock.v1.Balance|null);

                /** Service maxIdle */
                maxIdle?: (number|null);

                /** Service idleTimeoutMs */
                idleTimeoutMs?: (number|null);

                /** Service maxRequests */
                maxRequests?: (number|null);

                /** Service connectMs */
                connectMs?: (number|null);

                /** Service responseMs */
                responseMs?: (number|null);

                /** Service idleMs */
                idleMs?: (number|null);

                /** Service counterSlot */
                counterSlot?: (number|null);

                /** Service origin */
                origin?: (penstock.v1.Origin.$Properties|null);

                /** Service protocol */
                protocol?: (penstock.v1.UpstreamProtocol|null);

                /** Service tls */
                tls?: (number|null);

                /** Service hashOn */
                hashOn?: (string|null);

                /** Service maxRequestsPerEndpoint */
                maxRequestsPerEndpoint?: (number|null);

                /** Service stickyCookie */
                stickyCookie?: (string|null);

                /** Service proxyProtocol */
                proxyProtocol?: (number|null);

                /** Service healthCheck */
                healthCheck?: (penstock.v1.HealthCheck.$Properties|null);

                /** Service outlier */
                outlier?: (penstock.v1.Outlier.$Properties|null);

                /** Service retries */
                retries?: (penstock.v1.Retries.$Properties|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Service. */
            type $Shape = penstock.v1.Service.$Properties;
        }

        /**
         * Properties of a HealthCheck.
         * @deprecated Use penstock.v1.HealthCheck.$Properties instead.
         */
        interface IHealthCheck extends penstock.v1.HealthCheck.$Properties {
        }

        /** Represents a HealthCheck. */
        class HealthCheck {

            /**
             * Constructs a new HealthCheck.
             * @param [properties] Properties to set
             */
            constructor(properties?: penstock.v1.HealthCheck.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** HealthCheck tcp. */
            tcp: boolean;

            /** HealthCheck path. */
            path: string;

            /** HealthCheck host. */
            host: string;

            /** HealthCheck intervalMs. */
            intervalMs: number;

            /** HealthCheck timeoutMs. */
            timeoutMs: number;

            /** HealthCheck healthyAfter. */
            healthyAfter: number;

            /** HealthCheck unhealthyAfter. */
            unhealthyAfter: number;

            /** HealthCheck expect. */
            expect: number[];

            /** HealthCheck initiallyUnhealthy. */
            initiallyUnhealthy: boolean;

            /**
             * Encodes the specified HealthCheck message. Does not implicitly {@link penstock.v1.HealthCheck.verify|verify} messages.
             * @param message HealthCheck message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: penstock.v1.HealthCheck.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a HealthCheck message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {penstock.v1.HealthCheck & penstock.v1.HealthCheck.$Shape} HealthCheck
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.HealthCheck & penstock.v1.HealthCheck.$Shape;
        }

        namespace HealthCheck {

            /** Properties of a HealthCheck. */
            interface $Properties {

                /** HealthCheck tcp */
                tcp?: (boolean|null);

                /** HealthCheck path */
                path?: (string|null);

                /** HealthCheck host */
                host?: (string|null);

                /** HealthCheck intervalMs */
                intervalMs?: (number|null);

                /** HealthCheck timeoutMs */
                timeoutMs?: (number|null);

                /** HealthCheck healthyAfter */
                healthyAfter?: (number|null);

                /** HealthCheck unhealthyAfter */
                unhealthyAfter?: (number|null);

                /** HealthCheck expect */
                expect?: (number[]|null);

                /** HealthCheck initiallyUnhealthy */
                initiallyUnhealthy?: (boolean|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a HealthCheck. */
            type $Shape = penstock.v1.HealthCheck.$Properties;
        }

        /**
         * Properties of an Outlier.
         * @deprecated Use penstock.v1.Outlier.$Properties instead.
         */
        interface IOutlier extends penstock.v1.Outlier.$Properties {
        }

        /** Represents an Outlier. */
        class Outlier {

            /**
             * Constructs a new Outlier.
             * @param [properties] Properties to set
             */
            constructor(properties?: penstock.v1.Outlier.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Outlier consecutiveFailures. */
            consecutiveFailures: number;

            /** Outlier ejectMs. */
            ejectMs: number;

            /** Outlier maxEjectedPercent. */
            maxEjectedPercent: number;

            /**
             * Encodes the specified Outlier message. Does not implicitly {@link penstock.v1.Outlier.verify|verify} messages.
             * @param message Outlier message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: penstock.v1.Outlier.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Outlier message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {penstock.v1.Outlier & penstock.v1.Outlier.$Shape} Outlier
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.Outlier & penstock.v1.Outlier.$Shape;
        }

        namespace Outlier {

            /** Properties of an Outlier. */
            interface $Properties {

                /** Outlier consecutiveFailures */
                consecutiveFailures?: (number|null);

                /** Outlier ejectMs */
                ejectMs?: (number|null);

                /** Outlier maxEjectedPercent */
                maxEjectedPercent?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Outlier. */
            type $Shape = penstock.v1.Outlier.$Properties;
        }

        /**
         * Properties of a Retries.
         * @deprecated Use penstock.v1.Retries.$Properties instead.
         */
        interface IRetries extends penstock.v1.Retries.$Properties {
        }

        /** Represents a Retries. */
        class Retries {

            /**
             * Constructs a new Retries.
             * @param [properties] Properties to set
             */
            constructor(properties?: penstock.v1.Retries.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Retries attempts. */
            attempts: number;

            /** Retries windowMs. */
            windowMs: number;

            /** Retries budgetPercent. */
            budgetPercent: number;

            /** Retries on. */
            on: penstock.v1.RetryCondition[];

            /**
             * Encodes the specified Retries message. Does not implicitly {@link penstock.v1.Retries.verify|verify} messages.
             * @param message Retries message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: penstock.v1.Retries.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Retries message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {penstock.v1.Retries & penstock.v1.Retries.$Shape} Retries
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.Retries & penstock.v1.Retries.$Shape;
        }

        namespace Retries {

            /** Properties of a Retries. */
            interface $Properties {

                /** Retries attempts */
                attempts?: (number|null);

                /** Retries windowMs */
                windowMs?: (number|null);

                /** Retries budgetPercent */
                budgetPercent?: (number|null);

                /** Retries on */
                on?: (penstock.v1.RetryCondition[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Retries. */
            type $Shape = penstock.v1.Retries.$Properties;
        }

        /** RetryCondition enum. */
        enum RetryCondition {

            /** RETRY_CONDITION_CONNECT_FAILURE value */
            RETRY_CONDITION_CONNECT_FAILURE = 0,

            /** RETRY_CONDITION_RESET_BEFORE_RESPONSE value */
            RETRY_CONDITION_RESET_BEFORE_RESPONSE = 1,

            /** RETRY_CONDITION_502 value */
            RETRY_CONDITION_502 = 2,

            /** RETRY_CONDITION_503 value */
            RETRY_CONDITION_503 = 3,

            /** RETRY_CONDITION_504 value */
            RETRY_CONDITION_504 = 4
        }

        /**
         * Properties of an Endpoint.
         * @deprecated Use penstock.v1.Endpoint.$Properties instead.
         */
        interface IEndpoint extends penstock.v1.Endpoint.$Properties {
        }

        /** Represents an Endpoint. */
        class Endpoint {

            /**
             * Constructs a new Endpoint.
             * @param [properties] Properties to set
             */
            constructor(properties?: penstock.v1.Endpoint.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Endpoint id. */
            id: string;

            /** Endpoint address. */
            address: string;

            /** Endpoint weight. */
            weight: number;

            /** Endpoint origin. */
            origin?: (penstock.v1.Origin.$Properties|null);

            /** Endpoint backup. */
            backup: boolean;

            /** Endpoint slot. */
            slot: number;

            /** Endpoint hostName. */
            hostName: string;

            /**
             * Encodes the specified Endpoint message. Does not implicitly {@link penstock.v1.Endpoint.verify|verify} messages.
             * @param message Endpoint message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: penstock.v1.Endpoint.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Endpoint message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {penstock.v1.Endpoint & penstock.v1.Endpoint.$Shape} Endpoint
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.Endpoint & penstock.v1.Endpoint.$Shape;
        }

        namespace Endpoint {

            /** Properties of an Endpoint. */
            interface $Properties {

                /** Endpoint id */
                id?: (string|null);

                /** Endpoint address */
                address?: (string|null);

                /** Endpoint weight */
                weight?: (number|null);

                /** Endpoint origin */
                origin?: (penstock.v1.Origin.$Properties|null);

                /** Endpoint backup */
                backup?: (boolean|null);

                /** Endpoint slot */
                slot?: (number|null);

                /** Endpoint hostName */
                hostName?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Endpoint. */
            type $Shape = penstock.v1.Endpoint.$Properties;
        }

        /** CertificateSource enum. */
        enum CertificateSource {

            /** CERTIFICATE_SOURCE_MANUAL value */
            CERTIFICATE_SOURCE_MANUAL = 0,

            /** CERTIFICATE_SOURCE_SELF_SIGNED value */
            CERTIFICATE_SOURCE_SELF_SIGNED = 1,

            /** CERTIFICATE_SOURCE_DEFAULT value */
            CERTIFICATE_SOURCE_DEFAULT = 2,

            /** CERTIFICATE_SOURCE_ACME value */
            CERTIFICATE_SOURCE_ACME = 3
        }

        /**
         * Properties of a Certificate.
         * @deprecated Use penstock.v1.Certificate.$Properties instead.
         */
        interface ICertificate extends penstock.v1.Certificate.$Properties {
        }

        /** Represents a Certificate. */
        class Certificate {

            /**
             * Constructs a new Certificate.
             * @param [properties] Properties to set
             */
            constructor(properties?: penstock.v1.Certificate.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Certificate id. */
            id: string;

            /** Certificate hosts. */
            hosts: string[];

            /** Certificate chainPem. */
            chainPem: string;

            /** Certificate keyPem. */
            keyPem: string;

            /** Certificate notAfterMs. */
            notAfterMs: number;

            /** Certificate source. */
            source: penstock.v1.CertificateSource;

            /** Certificate origin. */
            origin?: (penstock.v1.Origin.$Properties|null);

            /**
             * Encodes the specified Certificate message. Does not implicitly {@link penstock.v1.Certificate.verify|verify} messages.
             * @param message Certificate message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: penstock.v1.Certificate.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Certificate message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {penstock.v1.Certificate & penstock.v1.Certificate.$Shape} Certificate
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): penstock.v1.Certificate & penstock.v1.Certificate.$Shape;
        }

        namespace Certificate {

            /** Properties of a Certificate. */
            interface $Properties {

                /** Certificate id */
                id?: (string|null);

                /** Certificate hosts */
                hosts?: (string[]|null);

                /** Certificate chainPem */
                chainPem?: (string|null);

                /** Certificate keyPem */
                keyPem?: (string|null);

                /** Certificate notAfterMs */
                notAfterMs?: (number|null);

                /** Certificate source */
                source?: (penstock.v1.CertificateSource|null);

                /** Certificate origin */
                origin?: (penstock.v1.Origin.$Properties|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Certificate. */
            type $Shape = penstock.v1.Certificate.$Properties;
        }
    }
}
