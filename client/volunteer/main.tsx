/** The volunteer page. The main thread only draws; everything else is in workers. */
import { render } from 'preact'
import '../shared/theme.css'
import './volunteer.css'
import { App } from './App.tsx'
import { open } from './tab.ts'

open()
render(<App />, document.getElementById('page')!)
