/** The owner's dashboard: this file only starts it. */
import '../shared/theme.css'
import './style/base.css'
import './style/frame.css'
import './style/forms.css'
import './style/jobs.css'
import './style/tables.css'
import './style/plots.css'
import './style/results.css'
import { render } from 'preact'
import { followAddress } from './state/route.ts'
import { openSession } from './state/session.ts'
import { App } from './views/App.tsx'

// First the session: it takes a token out of the address before anything reads the address.
openSession()
followAddress()
render(<App />, document.getElementById('app')!)
