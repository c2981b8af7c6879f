import 'reflect-metadata';
import { CacheInterceptor, CacheModule } from '@nestjs/cache-manager';
import { Controller, Get, Param, UseInterceptors } from '@nestjs/common';
import { ApplicationConfig } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { of } from 'rxjs';
import { DynamoCache, DynamoCacheInterceptor, DynamoCacheModule, DynamoStore } from 'nestjs-dynamo-cache';
import { InMemoryStore } from 'nestjs-dynamo-cache/testing';
import { recordOf } from './lib/record.mjs';
const LIFE_MS=3_600_000; const PAGE=recordOf('page');
class ConstantInterceptor { intercept() { return of(PAGE); } }
const ours=()=>DynamoCacheModule.forRoot({ table: 'bench', ttl: LIFE_MS, memory: { ttl: LIFE_MS }, isGlobal: true });
class HeadersInterceptor { intercept(c) { const r=c.getArgByIndex(1); const fl=(process.env.ABL??'').split(','); if(fl.includes('etag')) r.header('ETag','W/"lpck_1NYZOUc3BSB6MK4tKVIISU"'); if(fl.includes('age')) r.header('Age',String(Math.floor(Date.now()/1e8))); if(fl.includes('cs')) r.header('Cache-Status','nestjs-dynamo-cache; hit; ttl='+Math.floor(Date.now()/1e6)); if(fl.includes('st')) r.statusCode=200; return of(fl.includes('clone')?structuredClone(PAGE):PAGE); } }
const S={heads:[[],[HeadersInterceptor]],uncached:[[],[]],const:[[],[ConstantInterceptor]],theirs:[[CacheModule.register({ ttl: LIFE_MS, isGlobal: true })],[CacheInterceptor]],ours:[[ours()],[DynamoCacheInterceptor]],constmod:[[ours()],[ConstantInterceptor]],uncachedmod:[[ours()],[]]};
const [platform, side] = process.argv.slice(2);
const flags=(process.env.ABL??'').split(',');
const [imports, interceptors]=S[side];
const counts={handler:0};
class PagesController { async instant(){counts.handler++;return recordOf('page');} }
Param('id')(PagesController.prototype,'instant',0); Get('instant/:id')(PagesController.prototype,'instant',Object.getOwnPropertyDescriptor(PagesController.prototype,'instant'));
if(interceptors.length) UseInterceptors(...interceptors)(PagesController); Controller()(PagesController);
const FL=(process.env.ABL??'').split(','); if(FL.includes('nohook')) DynamoCacheModule.prototype.configure=()=>{}; if(FL.includes('noinit')) DynamoCacheModule.prototype.onModuleInit=async()=>{};
class M0{}; const {Module}=await import('@nestjs/common'); Module({})(M0); const {DiscoveryModule}=await import('@nestjs/core');
if(FL.includes('disc')) imports.push(DiscoveryModule); if(FL.includes('nolog')) imports.length=0;
if(FL.includes('sdk')){ const {createRequire}=await import('node:module'); const {DynamoDBClient}=createRequire(import.meta.url)('@aws-sdk/client-dynamodb'); globalThis.cl=new DynamoDBClient({region:'eu-west-1'}); }
if(FL.includes('sdkload')){ const {createRequire}=await import('node:module'); createRequire(import.meta.url)('@aws-sdk/client-dynamodb'); }
const module=await Test.createTestingModule({imports,controllers:[PagesController]}); { const D=await import('nestjs-dynamo-cache'); const CM=await import('@nestjs/cache-manager');
if(FL.includes('ovcache')) module.overrideProvider(DynamoCache).useValue({}); if(FL.includes('ovcm')) module.overrideProvider(CM.CACHE_MANAGER).useValue({}); if(!FL.includes('nostore')) module.overrideProvider(DynamoStore).useValue(FL.includes('emptystore')?{}:new InMemoryStore()); if(FL.includes('ovcl')) module.overrideProvider(D.DYNAMO_CACHE_CLIENT).useValue({destroy(){}}); }
const mod2=await module.compile();
const adapter=platform==='fastify'?[new FastifyAdapter()]:[];
const app=mod2.createNestApplication(...adapter,{logger:false});
if(flags.includes('noscope')){ DynamoCache.prototype.runInScope=(b)=>b(); Object.defineProperty(DynamoCache.prototype,'isInScope',{get:()=>true}); }
const strip=()=>{ const c=module.get(ApplicationConfig,{strict:false}) ; };
if(flags.includes('nolayer')){ const cfg=app.config; cfg.globalInterceptors=cfg.globalInterceptors.filter(i=>i.constructor.name!=='RequestScopeInterceptor'); cfg.getGlobalInterceptors=()=>cfg.globalInterceptors; }
if(flags.includes('noheaders')){ const r=DynamoCacheInterceptor; }

import { Duplex } from 'node:stream';
await app.init(); if (platform==='fastify') await app.getHttpAdapter().getInstance().ready();
const server=app.getHttpServer();
const raw=Buffer.from('GET /instant/warm HTTP/1.1\r\nHost: localhost:3000\r\nConnection: keep-alive\r\n\r\n');
class Sock extends Duplex { constructor(o){super(o);this.got=null;} _read(){} _write(c,e,cb){ if(process.env.SHOW&&!this.n){this.n=1;console.error(String(c))} cb(); } _writev(cs,cb){ if(process.env.SHOW&&!this.n){this.n=1;console.error(cs.map(x=>String(x.chunk)).join(''))} cb(); } setTimeout(){return this;} setNoDelay(){return this;} setKeepAlive(){return this;} ref(){return this;} unref(){return this;} get remoteAddress(){return '127.0.0.1';} }
const socks=[]; let left=0, done;
server.prependListener('request',(req,res)=>{ res.once('finish',()=>{ const s=req.socket; if(left-->0) setImmediate(()=>s.push(raw)); else if(++over===socks.length) done(); }); });
let over=0;
for(let i=0;i<8;i++){ const s=new Sock(); socks.push(s); server.emit('connection',s); }
const run=(n)=>new Promise(r=>{ done=r; over=0; left=n-socks.length; for(const s of socks) s.push(raw); });
await run(30000);
const out=[]; const K=Number(process.env.K??12), N=4000;
for(let k=0;k<K;k++){ const c=process.cpuUsage(); await run(N); const u=process.cpuUsage(c); out.push((u.user+u.system)/N); }
out.sort((a,b)=>a-b);
console.log(JSON.stringify({min:out[0],med:out[K>>1]}));
process.exit();
