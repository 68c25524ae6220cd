import { runServer } from 'verdaccio'

/** Serves a Verdaccio with the configuration file of the first argument on a free port, and tells the port on stdout. */
const app = await runServer(process.argv[2])
app.listen(0, '127.0.0.1', () => process.stdout.write(`port ${app.address().port}\n`))
